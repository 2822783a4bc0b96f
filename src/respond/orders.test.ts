import { describe, expect, it } from 'vitest';
import { RespondConfig } from './config.ts';
import { newCourse } from './course.ts';
import { answered, open } from './orders.ts';
import type { RevokeResult } from './revoker.ts';
import { alertOf, NOW, ordersDeps, policyOf, proposalOf, receiverOf, sentEntry } from './testing.ts';

const busy: RevokeResult = { status: 'retry', http_status: 503, detail: 'answered 503' };

/** An order at whose receiver each attempt takes a second and gets the same answer, until it moves on. */
function attemptsUntilOver(result: RevokeResult, config = {}, policy = policyOf()) {
  let now = NOW;
  const deps = ordersDeps({ clock: () => now, config: RespondConfig.parse(config) });
  const entry = sentEntry(deps, alertOf(), policy);
  const waits: number[] = [];
  for (;;) {
    now += 1000;
    const course = newCourse(deps);
    answered(course, entry, { receiver: 'first', asked_for: 'sent' }, result);
    const { change, send } = course.outcome;
    if (change.orders[0]!.state !== 'sent') return { entry, waits, change };
    waits.push(send[0]!.wait_ms);
    now += send[0]!.wait_ms;
  }
}

describe('a receiver that cannot do it now', () => {
  it('is asked again, quickly at first, until the next one is due', () => {
    const { waits, change } = attemptsUntilOver(busy);
    // The fifth answer comes after 26200 ms, and 60000 more are within the 90000; the sixth after 87200, and 300000 more are not.
    expect(waits).toEqual([200, 1000, 5000, 15_000, 60_000]);
    expect(change.orders).toMatchObject([
      {
        state: 'failed',
        receiver: 'first',
        attempt: 6,
        why: 'Given up after attempt 6: answered 503',
        http_status: 503,
      },
      { state: 'escalated', receiver: 'second', http_status: 0 },
      { state: 'sent', receiver: 'second', attempt: 1 },
    ]);
    expect(change.alerts).toEqual([]);
  });

  it('is asked for a day when it is the last, and then somebody is told', () => {
    const { waits, change } = attemptsUntilOver(busy, {}, policyOf({ receivers: ['first'] }));
    // 81 s in front, then 5, 10, 20 and 40 minutes: 22 hours fit into what is left of the day.
    expect(waits.slice(5, 9)).toEqual([300_000, 600_000, 1_200_000, 2_400_000]);
    expect(waits.slice(9)).toEqual(Array(22).fill(3_600_000));
    expect(change.orders).toMatchObject([{ state: 'failed', who: 'first' }, { state: 'irrevocable' }]);
    expect(change.alerts).toMatchObject([{ detector: 'revocation-failed', reason: 'receivers_exhausted' }]);
  });

  it('is not asked before the time it named', () => {
    expect(attemptsUntilOver({ ...busy, retry_after_ms: 20_000 }).waits).toEqual([20_000, 20_000, 20_000, 20_000]);
  });

  it('is left at once when it wants more time than there is', () => {
    expect(attemptsUntilOver({ ...busy, retry_after_ms: 90_000 }).waits).toEqual([]);
  });
});

describe('a receiver that refuses for good', () => {
  it('is asked once, and the next one is asked', () => {
    const { entry, waits } = attemptsUntilOver({ status: 'failed', http_status: 410, detail: 'is gone (410)' });
    expect(waits).toEqual([]);
    expect(entry.order).toMatchObject({ state: 'sent', receiver: 'second', attempt: 1, why: entry.why });
  });
});

describe('an order that begins', () => {
  const opened = (rule: object, state: 'observed' | 'held' | 'sent', receivers?: Parameters<typeof ordersDeps>[0]) => {
    const deps = ordersDeps(receivers);
    const course = newCourse(deps);
    const policy = policyOf(rule);
    const held_by = state === 'held' ? 'cap' : '';
    open(course, proposalOf(policy), { state, held_by, why: state === 'sent' ? '' : 'said why' });
    return { deps, ...course.outcome };
  };

  it('is proposed and sent at once, and only when it is sent it counts for the cap', () => {
    const { change, send, deps } = opened({ caps: { orders_max: 1 } }, 'sent');
    expect(change.orders.map(({ state, seq }) => [state, seq])).toEqual([
      ['proposed', 0],
      ['sent', 1],
    ]);
    expect(send).toMatchObject([{ wait_ms: 0 }]);
    expect(
      deps.caps.refusal(
        policyOf({ caps: { orders_max: 1 } }).rules[0]!,
        { tenant: 'acme', receiver: 'first', producers: [] },
        NOW,
        100,
      ),
    ).toContain('sent 1');
  });

  it('is only recorded where the rule observes', () => {
    const { change, send } = opened({ mode: 'observe' }, 'observed');
    expect(change.orders).toMatchObject([
      { state: 'observed', why: expect.stringMatching(/two places\. \(said why\)$/) },
    ]);
    expect(send).toEqual([]);
  });

  it('is held, and somebody is told once when a cap holds it', () => {
    const { change, send } = opened({}, 'held');
    expect(change.orders.map(({ state }) => state)).toEqual(['proposed', 'held']);
    expect(change.alerts).toMatchObject([{ detector: 'revocation-held', reason: 'cap' }]);
    expect(send).toEqual([]);
  });

  it('goes only to receivers that can do it, and fails with every reason when none can', () => {
    const can = (capabilities: object) => receiverOf(async () => ({ status: 'accepted' }), capabilities);
    const receivers = new Map([['second', can({ handles: ['jti'] })]]);
    expect(opened({}, 'sent', { receivers }).change.orders.at(-1)).toMatchObject({ state: 'sent', receiver: 'second' });

    const unable = new Map([
      ['first', can({ actions: ['notify'] })],
      ['second', can({ handles: ['accessor', 'token_id'] })],
    ]);
    const { change } = opened({}, 'sent', { receivers: unable });
    expect(change.orders.at(-1)).toMatchObject({ state: 'irrevocable' });
    expect(change.orders.at(-2)).toMatchObject({
      state: 'failed',
      why: 'No receiver can do it: first cannot revoke; second needs a handle accessor or token_id',
    });
    expect(change.alerts).toMatchObject([{ detector: 'revocation-failed' }]);
    const sessions = new Map([['first', can({ targets: ['session'] })]]);
    expect(opened({}, 'sent', { receivers: sessions }).change.orders.at(-2)!.why).toBe(
      'No receiver can do it: first cannot act on a target of kind credential; second is not configured',
    );
  });
});
