import { describe, expect, it } from 'vitest';
import type { Alert } from '../alert/alert.ts';
import type { OrderState } from '../order/order.ts';
import { createCaps } from './caps.ts';
import { type GuardContext, guard } from './guards.ts';
import { createLedger, type Entry } from './ledger.ts';
import type { Policy } from './policy.ts';
import { alertOf, NOW, ordersDeps, policyOf, proposalOf, sentEntry } from './testing.ts';

function contextOf(policy: Policy, more: Partial<GuardContext> = {}): GuardContext {
  const fleet = () => 0;
  const repeat_after_ms = 3_600_000;
  return {
    policy,
    ledger: createLedger(),
    caps: createCaps(),
    paused: undefined,
    now: NOW,
    repeat_after_ms,
    fleet,
    ...more,
  };
}

function judge(policy: Policy, alert: Partial<Alert> = {}, more: Partial<GuardContext> = {}) {
  return guard(proposalOf(policy, alertOf(alert)), contextOf(policy, more));
}

describe('the protected list', () => {
  const session = { target: 'session' };
  it.each<[list: object, rule: object, alert: Partial<Alert>, held: boolean]>([
    [{ agents: ['agent-1'] }, {}, {}, true],
    [{ agents: ['agent-*'] }, {}, {}, true],
    [{ agents: ['agent'] }, {}, {}, false],
    [{ agents: ['app-1'] }, {}, {}, true],
    [{ agents: ['*'] }, {}, { agent_id: '', credential_handles: {} }, false],
    [{ agents: ['s-1'] }, session, { session: 's-1' }, true],
    [{ agents: ['jwt:abc'] }, {}, {}, false],
    [{ credentials: ['jwt:abc'] }, {}, {}, true],
    [{ credentials: ['jwt:*'] }, {}, {}, true],
    [{ credentials: ['jwt:*'] }, {}, { subject: 'key:7' }, false],
    [{ credentials: ['jwt:abc'] }, session, { session: 's-1' }, true],
    [{ credentials: ['jwt:abc'] }, { target: 'agent' }, {}, true],
  ])('%j with rule %j and alert %j holds it: %s', (list, rule, alert, held) => {
    const verdict = judge(policyOf(rule, { protected: list }), alert);
    expect(verdict).toMatchObject(held ? { state: 'held', held_by: 'protected' } : { state: 'sent', held_by: '' });
  });

  it('says which entry holds it', () => {
    expect(judge(policyOf({}, { protected: { agents: ['x', 'agent-*'] } }))).toMatchObject({
      why: 'protected.agents has agent-*',
    });
  });
});

describe('maintenance', () => {
  const window = (from: number, to: number, more: object = {}) => ({
    maintenance: [{ from: new Date(from).toISOString(), to: new Date(to).toISOString(), why: 'a move', ...more }],
  });
  it.each<[what: string, policy: object, alert: Partial<Alert>, held: boolean]>([
    ['from its first instant', window(NOW, NOW + 1), {}, true],
    ['not before', window(NOW + 1, NOW + 2), {}, false],
    ['not from its end on', window(NOW - 1, NOW), {}, false],
    ['of another tenant', window(NOW, NOW + 1, { tenants: ['other'] }), {}, false],
    ['of these agents', window(NOW, NOW + 1, { agents: ['agent-*'] }), {}, true],
    ['of other agents', window(NOW, NOW + 1, { agents: ['ci-*'] }), {}, false],
    ['of other agents, where nobody is named', window(NOW, NOW + 1, { agents: ['ci-*'] }), { agent_id: '' }, true],
  ])('%s holds an order back, or not', (_, policy, alert, held) => {
    const verdict = judge(policyOf({}, policy), alert);
    expect(verdict).toMatchObject(held ? { state: 'held', held_by: 'maintenance' } : { state: 'sent' });
  });
});

describe('entitlement', () => {
  it.each<[entitled: string[] | undefined, producers: string[], held: boolean]>([
    [undefined, ['anybody'], false],
    [['gateway'], ['gateway'], false],
    [['gate*', 'idp'], ['gateway', 'idp'], false],
    [['gateway'], ['gateway', 'an-agent'], true],
    [['gateway'], [], true],
    [[], ['gateway'], true],
    [['*'], [''], true],
  ])('rule %j, evidence of %j: held %s', (entitled_producers, producers, held) => {
    const verdict = judge(policyOf({ entitled_producers }), { producers });
    expect(verdict).toMatchObject(held ? { state: 'held', held_by: 'entitlement' } : { state: 'sent' });
  });
});

describe('the guards together', () => {
  const paused = { who: 'ann', why: 'maintenance' };
  const full = () => {
    const caps = createCaps();
    for (let i = 0; i < 20; i++) caps.count('rule', { tenant: 'acme', receiver: 'first', producers: [] }, NOW);
    return caps;
  };

  it('stop in a fixed order: entitlement, protection, pause, cap, approval', () => {
    const more = { protected: { agents: ['agent-1'] } };
    const by = (rule: object, policy: object, context: Partial<GuardContext>) =>
      (judge(policyOf({ mode: 'approve', ...rule }, policy), {}, context) as { held_by: string }).held_by;
    const all = { paused, caps: full() };
    expect([
      by({ entitled_producers: ['idp'] }, more, all),
      by({}, more, all),
      by({}, {}, all),
      by({}, {}, { caps: full() }),
      by({}, {}, {}),
    ]).toEqual(['entitlement', 'protected', 'pause', 'cap', 'approval']);
  });

  it('name who paused and why', () => {
    expect(judge(policyOf(), {}, { paused })).toEqual({
      state: 'held',
      held_by: 'pause',
      why: 'paused by ann: maintenance',
    });
  });

  it('only say what they would do where the rule observes', () => {
    const observe = { mode: 'observe' };
    const verdict = (why: string) => ({ state: 'observed', held_by: '', why });
    expect(judge(policyOf(observe))).toEqual(verdict('would be sent to first'));
    expect(judge(policyOf({ ...observe, receivers: [] }))).toEqual(verdict('would be sent to a receiver'));
    expect(judge(policyOf(observe), {}, { paused })).toEqual(verdict('would be held: paused by ann: maintenance'));
  });
});

describe('an order for the same target', () => {
  const again = { alert_id: 'alr_2' };
  /** What a second alert gets while the order of the first is in `state`. */
  function second(state: OrderState, mode: string, age_ms = 0) {
    const deps = ordersDeps();
    const entry = sentEntry(deps);
    entry.order = { ...entry.order, state, time: NOW - age_ms };
    const policy = policyOf({ mode });
    return { entry, verdict: judge(policy, again, { ledger: deps.ledger }) };
  }

  it.each<[OrderState, mode: string, becomes: string | undefined]>([
    ['observed', 'observe', undefined],
    ['observed', 'approve', 'held'],
    ['observed', 'enforce', 'sent'],
    ['held', 'observe', undefined],
    ['held', 'approve', undefined],
    ['held', 'enforce', 'sent'],
    ['sent', 'enforce', undefined],
    ['accepted', 'enforce', undefined],
    ['confirmed', 'enforce', undefined],
    ['failed', 'observe', 'observed'],
    ['failed', 'enforce', 'sent'],
    ['expired', 'enforce', 'sent'],
    ['undone', 'enforce', 'sent'],
  ])('that is %s meets an alert of mode %s: %s', (state, mode, becomes) => {
    const { verdict } = second(state, mode);
    if (becomes === undefined) expect(verdict).toEqual({ none: expect.stringContaining(`is ${state} already`) });
    else expect(verdict).toMatchObject({ state: becomes });
  });

  it('gives its place to a stronger one when it is held, and to no other', () => {
    const { entry, verdict } = second('held', 'enforce');
    expect((verdict as { replaces?: Entry }).replaces).toBe(entry);
    expect(second('observed', 'enforce').verdict).not.toHaveProperty('replaces');
    expect(second('failed', 'enforce').verdict).not.toHaveProperty('replaces');
  });

  it.each<[OrderState, age_ms: number, again: boolean]>([
    ['accepted', 3_599_999, false],
    ['accepted', 3_600_000, true],
    ['confirmed', 3_600_000, true],
    ['observed', 3_600_000, true],
    ['sent', 3_600_000, false],
  ])('that is %s for %i ms lets another one be made: %s', (state, age_ms, made) => {
    expect('none' in second(state, state === 'observed' ? 'observe' : 'enforce', age_ms).verdict).toBe(!made);
  });

  it('is another one for another tenant, kind of target or action', () => {
    const deps = ordersDeps();
    sentEntry(deps);
    const judged = (rule: object, alert: Partial<Alert>) =>
      judge(policyOf(rule), { ...again, ...alert }, { ledger: deps.ledger });
    expect(judged({}, { tenant: 'other' })).toMatchObject({ state: 'sent' });
    expect(judged({ action: 'suspend' }, {})).toMatchObject({ state: 'sent' });
    expect(judged({ target: 'agent' }, {})).toMatchObject({ state: 'sent' });
    expect(judged({}, {})).toHaveProperty('none');
  });

  it('is never made twice for one alert, whatever became of it', () => {
    const deps = ordersDeps();
    const entry = sentEntry(deps);
    entry.order = { ...entry.order, state: 'failed' };
    const verdict = judge(policyOf(), {}, { ledger: deps.ledger });
    expect(verdict).toEqual({ none: `order ${entry.order.order_id} was asked for before` });
  });
});
