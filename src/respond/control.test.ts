import { describe, expect, it, vi } from 'vitest';
import type { Order } from '../order/order.ts';
import type { RevokeResult } from './revoker.ts';
import { alertOf, histories, NOW, policyOf, raise, receiverOf } from './testing.ts';
import { respondBench } from './testing-bench.ts';

const YES: RevokeResult = { status: 'accepted', http_status: 200 };
const bench = respondBench();

describe('a pause', () => {
  it('holds orders back, over a restart too, until somebody ends it', async () => {
    await bench.start();
    await bench.respond.pause('ann', 'maintenance');
    await bench.start();
    expect(bench.respond.status().paused).toEqual({ who: 'ann', why: 'maintenance', since: NOW });
    await raise(bench.log, alertOf());
    expect((await bench.reaches('held')).at(-1)!.why).toBe('paused by ann: maintenance');
    expect(bench.asked).toEqual([]);
    await bench.respond.resume('bob');
    const rows = await bench.reaches('accepted');
    expect(rows.map(({ state, who }) => `${state} ${who}`)).toEqual([
      'proposed policy',
      'held policy',
      'sent bob',
      'accepted first',
    ]);
    await bench.start();
    expect(bench.respond.status().paused).toBeUndefined();
  });

  it('ends without the orders on what has been protected meanwhile', async () => {
    await bench.start();
    await bench.respond.pause('ann', 'too many');
    await raise(bench.log, alertOf());
    await bench.reaches('held');
    await bench.start({ policy: policyOf({}, { protected: { agents: ['agent-1'] } }) });
    await bench.respond.resume('ann');
    expect(bench.respond.status().orders).toEqual({ held: 1 });
    expect(bench.asked).toEqual([]);
  });

  it('ends without the orders past a cap, of rules that ask for approval, and of rules that are gone', async () => {
    await bench.start();
    await bench.respond.pause('ann', 'why');
    const subjects = ['jwt:1', 'jwt:2'];
    await raise(bench.log, ...subjects.map((subject, i) => alertOf({ alert_id: `a${i}`, subject })));
    await bench.reaches('held', 'a1');
    await bench.start({ policy: policyOf({ caps: { orders_max: 1 } }) });
    await bench.respond.resume('ann');
    await bench.reaches('accepted', 'a0');
    expect(bench.respond.status().orders).toEqual({ accepted: 1, held: 1 });
    await bench.start({ policy: policyOf({ mode: 'approve' }) });
    await bench.respond.pause('ann', 'why');
    await raise(bench.log, alertOf({ alert_id: 'a2', subject: 'jwt:3' }));
    await bench.reaches('held', 'a2');
    await bench.respond.resume('ann');
    expect(bench.respond.status().orders).toEqual({ accepted: 1, held: 2 });
    await bench.respond.pause('ann', 'why');
    await raise(bench.log, alertOf({ alert_id: 'a3', subject: 'jwt:4' }));
    await bench.reaches('held', 'a3');
    await bench.start({ policy: policyOf({ name: 'other' }) });
    await bench.respond.resume('ann');
    expect((await bench.reaches('expired', 'a3')).at(-1)!.why).toBe('Rule rule is gone');
  });
});

describe('a held order', () => {
  const approve = policyOf({ mode: 'approve', hold_ms: 60_000 });

  it('goes when a person lets it, once', async () => {
    await bench.start({ policy: approve });
    await raise(bench.log, alertOf());
    const [{ order_id }] = (await bench.reaches('held')) as [Order];
    await bench.respond.people.approve(order_id, { who: 'ann', why: 'looks right' });
    const rows = await bench.reaches('accepted');
    expect(rows[2]).toMatchObject({ state: 'sent', who: 'ann', why: 'looks right' });
    for (const id of [order_id, 'ord_unknown'])
      await expect(bench.respond.people.approve(id, { who: 'ann', why: 'again' })).rejects.toMatchObject({
        code: 'TRIPLINE_ORDER_REFUSED',
      });
    expect(bench.asked).toHaveLength(1);
  });

  it('does not go during a pause', async () => {
    await bench.start({ policy: approve });
    await raise(bench.log, alertOf());
    const [{ order_id }] = (await bench.reaches('held')) as [Order];
    await bench.respond.pause('bob', 'wait');
    await expect(bench.respond.people.approve(order_id, { who: 'ann', why: 'now' })).rejects.toThrow(
      'while bob has paused everything',
    );
  });

  it('expires when nobody lets it go, and gives its place to a stronger one', async () => {
    await bench.start({ policy: approve, config: { sweep_ms: 1 } });
    await raise(bench.log, alertOf());
    await bench.reaches('held');
    bench.now += 60_000;
    expect((await bench.reaches('expired')).at(-1)!.why).toBe('Nobody released it within 60000 ms');

    await raise(bench.log, alertOf({ alert_id: 'alr_2' }));
    const [, held] = (await bench.reaches('held', 'alr_2')) as [Order, Order];
    await bench.start();
    await raise(bench.log, alertOf({ alert_id: 'alr_3' }));
    const [next] = (await bench.reaches('accepted', 'alr_3')) as [Order];
    const rows = await bench.reaches('expired', 'alr_2');
    expect(rows.at(-1)!.why).toBe(`Order ${next.order_id} takes its place`);
    expect(held.state).toBe('held');
  });
});

describe('orders that are settled', () => {
  it('are forgotten after their time, and an order that is open is not', async () => {
    const policy = policyOf();
    const receivers = {
      first: receiverOf(({ alert_id }) => (alert_id === 'open' ? new Promise(() => {}) : Promise.resolve(YES))),
      second: bench.receiver('second'),
    };
    const config = { order_kept_ms: 60_000, sweep_ms: 1, close_ms: 0 };
    await bench.start({ policy, receivers, config });
    await raise(
      bench.log,
      alertOf({ alert_id: 'done', subject: 'jwt:1' }),
      alertOf({ alert_id: 'open', subject: 'jwt:2' }),
    );
    await bench.reaches('accepted', 'done');
    await bench.reaches('sent', 'open');
    bench.now += 60_000;
    await vi.waitFor(() => expect(bench.respond.status().orders).toEqual({ sent: 1 }));
    await bench.start({ policy, receivers, config });
    expect(bench.respond.status().orders).toEqual({ sent: 1 });
  });

  it('go first, oldest first, when more are kept than the limit', async () => {
    await bench.start({ policy: policyOf({ mode: 'observe' }), config: { orders_kept_max: 100, sweep_ms: 1 } });
    const ids = Array.from({ length: 103 }, (_, i) => `a${i}`);
    await raise(bench.log, ...ids.map((alert_id) => alertOf({ alert_id, subject: `jwt:${alert_id}` })));
    await bench.respond.drained();
    await vi.waitFor(() => expect(bench.respond.status().orders).toEqual({ observed: 100 }));
    expect((await histories(bench.log)).size).toBe(103);
  });
});
