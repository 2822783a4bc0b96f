import { describe, expect, it } from 'vitest';
import { type OrderState, STATES } from '../order/order.ts';
import { advance, allowed, begin } from './machine.ts';
import { NOW, policyOf, proposalOf } from './testing.ts';

const { head } = proposalOf(policyOf());
const said = { time: NOW, who: 'policy', why: 'because' };

/** The life of an order as the design draws it. */
const LEGAL: Record<OrderState, OrderState[]> = {
  observed: [],
  proposed: ['held', 'sent', 'failed', 'expired'],
  held: ['held', 'sent', 'failed', 'expired'],
  sent: ['sent', 'accepted', 'confirmed', 'failed'],
  accepted: ['confirmed', 'failed', 'expired', 'undo_requested'],
  confirmed: ['failed', 'expired', 'undo_requested'],
  failed: ['escalated', 'irrevocable'],
  irrevocable: ['escalated'],
  escalated: ['sent', 'failed'],
  expired: [],
  undo_requested: ['undo_requested', 'undone'],
  undone: [],
};
const pairs = STATES.flatMap((from) => STATES.map((to) => [from, to, LEGAL[from].includes(to)] as const));

describe('an order', () => {
  it.each(STATES.map((state) => [state, state === 'observed' || state === 'proposed'] as const))(
    'beginning as %s: %s',
    (state, legal) => {
      expect(allowed(undefined, state)).toBe(legal);
      const start = () => begin(head, { state, ...said });
      if (legal) expect(start()).toMatchObject({ seq: 0, state, attempt: 0, receiver: '', proof: '', can_undo: 0 });
      else expect(start).toThrow('cannot begin');
    },
  );

  it.each(pairs)('going from %s to %s: %s', (from, to, legal) => {
    expect(allowed(from, to)).toBe(legal);
    const order = { ...begin(head, { state: 'proposed', ...said }), state: from, seq: 4 };
    const step = () => advance(order, { state: to, ...said });
    if (legal) expect(step()).toMatchObject({ state: to, seq: 5 });
    else expect(step).toThrow(`cannot go from ${from} to ${to}`);
  });

  it('keeps what a step does not name, except the status of an answer that is over', () => {
    const sent = advance(begin(head, { state: 'proposed', ...said }), {
      state: 'sent',
      ...said,
      receiver: 'first',
      attempt: 1,
      http_status: 503,
    });
    const accepted = advance(sent, { state: 'accepted', time: NOW + 1, who: 'first', why: 'yes' });
    expect(accepted).toMatchObject({ receiver: 'first', attempt: 1, http_status: 0, time: NOW + 1, who: 'first' });
    expect(sent).toMatchObject({ state: 'sent', http_status: 503, seq: 1 });
  });
});
