import { describe, expect, it } from 'vitest';
import type { Alert } from '../alert/alert.ts';
import type { OrderState } from '../order/order.ts';
import { createLedger, type Entry, isOpen } from './ledger.ts';
import { alertOf, NOW, ordersDeps, policyOf, sentEntry } from './testing.ts';

function entryOf(alert: Partial<Alert>, rule: object = {}, proposed_at = NOW): Entry {
  return { ...sentEntry(ordersDeps(), alertOf(alert), policyOf(rule)), proposed_at };
}
const HEAD = { tenant: 'acme', target_kind: 'credential', target: 'jwt:abc', action: 'revoke' };

describe('the ledger', () => {
  it('finds an order by its id, its target and its credential, until it is forgotten', () => {
    const ledger = createLedger();
    const entry = entryOf({});
    ledger.put(entry);
    expect([ledger.size, ledger.get(entry.order.order_id), ledger.current(HEAD)]).toEqual([1, entry, entry]);
    expect([...ledger.watched('jwt:abc')!]).toEqual([entry]);
    expect([...ledger.all()]).toEqual([entry]);
    ledger.forget(entry);
    expect([ledger.size, ledger.get(entry.order.order_id), ledger.current(HEAD)]).toEqual([0, undefined, undefined]);
    expect(ledger.watched('jwt:abc')).toBeUndefined();
  });

  it('calls the newest order of a target the present one, in whatever order they are put', () => {
    const older = entryOf({ alert_id: 'a' }, {}, NOW);
    const newer = entryOf({ alert_id: 'b' }, {}, NOW + 1);
    for (const entries of [
      [older, newer],
      [newer, older],
    ]) {
      const ledger = createLedger();
      for (const entry of entries) ledger.put(entry);
      expect(ledger.current(HEAD)).toBe(newer);
      ledger.forget(older);
      expect(ledger.current(HEAD)).toBe(newer);
      expect([...ledger.watched('jwt:abc')!]).toEqual([newer]);
    }
  });

  it('keeps tenants, kinds of target and actions apart', () => {
    const ledger = createLedger();
    ledger.put(entryOf({}));
    for (const other of [{ tenant: 'x' }, { target_kind: 'agent' }, { action: 'suspend' }, { target: 'jwt:x' }])
      expect(ledger.current({ ...HEAD, ...other })).toBeUndefined();
  });

  it.each<[what: string, rule: object, alert: Partial<Alert>, watched: boolean]>([
    ['revoked', {}, {}, true],
    ['suspended', { action: 'suspend' }, {}, true],
    ['held for approval', { mode: 'approve' }, {}, true],
    ['only observed', { mode: 'observe' }, {}, false],
    ['only told about', { action: 'notify' }, {}, false],
    ['throttled', { action: 'throttle' }, {}, false],
    ['of an agent that is the target', { target: 'agent' }, {}, false],
  ])('watches a credential that is %s: %s', (_, rule, alert, watched) => {
    const ledger = createLedger();
    const entry = entryOf(alert, rule);
    ledger.put(entry);
    expect(ledger.watched(entry.order.target) !== undefined).toBe(watched);
  });

  it.each<[OrderState, boolean]>([
    ['proposed', true],
    ['held', true],
    ['sent', true],
    ['escalated', true],
    ['undo_requested', true],
    ['observed', false],
    ['accepted', false],
    ['confirmed', false],
    ['failed', false],
    ['expired', false],
    ['undone', false],
  ])('has something left to do for an order that is %s: %s', (state, open) => {
    const entry = entryOf({});
    expect(isOpen({ ...entry, order: { ...entry.order, state } })).toBe(open);
  });
});
