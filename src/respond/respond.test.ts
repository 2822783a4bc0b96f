import { describe, expect, it, vi } from 'vitest';
import { EVENT } from '../event/event.ts';
import { openMemoryLog } from '../log/memory-log.ts';
import type { Order } from '../order/order.ts';
import { startRespond } from './respond.ts';
import type { RevokeResult } from './revoker.ts';
import { alertOf, eventOf, histories, notices, observe, ordersDeps, policyOf, raise, receiverOf } from './testing.ts';
import { respondBench } from './testing-bench.ts';

const YES: RevokeResult = { status: 'accepted', http_status: 200 };
const bench = respondBench();
const statesOf = (rows: Order[]) => rows.map(({ state }) => state);

describe('the response', () => {
  it('takes a credential away and proves it by the next use', async () => {
    await bench.start();
    await raise(bench.log, alertOf());
    await bench.reaches('accepted');
    bench.now += 10;
    await observe(bench.log, eventOf({ event_id: 'evt_401', time: bench.now, outcome: 'denied', error_status: 401 }));
    const rows = await bench.reaches('confirmed');
    expect(statesOf(rows)).toEqual(['proposed', 'sent', 'accepted', 'confirmed']);
    expect(rows.map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
    expect(rows.at(-1)).toMatchObject({ proof: 'evt_401', who: 'stream', receiver: 'first' });
    expect(bench.asked).toEqual([['first', 'alr_1']]);
    expect(bench.respond.status()).toMatchObject({ paused: undefined, orders: { confirmed: 1 } });
  });

  it('makes one order of many alerts about one credential', async () => {
    await bench.start();
    await raise(bench.log, ...['a', 'b', 'c'].map((alert_id) => alertOf({ alert_id })));
    await bench.respond.drained();
    await bench.reaches('accepted', 'a');
    expect([...(await histories(bench.log)).values()]).toHaveLength(1);
    expect(bench.asked).toEqual([['first', 'a']]);
  });

  it('goes on to the next receiver when one refuses, and tells somebody when none is left', async () => {
    const no: RevokeResult = { status: 'failed', http_status: 401, detail: 'refused with 401' };
    await bench.start({ receivers: { first: bench.receiver('first', no), second: bench.receiver('second', no) } });
    await raise(bench.log, alertOf());
    const rows = await bench.reaches('irrevocable');
    expect(rows.map(({ state, receiver }) => `${state} ${receiver}`.trim())).toEqual([
      'proposed',
      'sent first',
      'failed first',
      'escalated second',
      'sent second',
      'failed second',
      'irrevocable second',
    ]);
    expect(await notices(bench.log)).toMatchObject([{ detector: 'revocation-failed', reason: 'receivers_exhausted' }]);
    await bench.respond.drained();
    expect((await histories(bench.log)).size).toBe(1);
  });

  it('refuses to start when a rule names a receiver that is not configured', async () => {
    bench.log = openMemoryLog({ disk: bench.disk });
    const starting = bench.start({ receivers: { first: bench.receiver('first') } });
    await expect(starting).rejects.toMatchObject({ code: 'TRIPLINE_POLICY_INVALID' });
    await expect(starting).rejects.toThrow('Rule rule: receiver "second" is not configured; known: first');
  });

  it('ends with an error when the bench.log refuses for good', async () => {
    await bench.start();
    await bench.respond.close();
    await bench.log.close();
    bench.log = openMemoryLog({ disk: bench.disk, fate: ({ state = [] }) => (state.length > 0 ? 'lost' : 'answered') });
    bench.respond = await startRespond({
      ...ordersDeps(),
      log: bench.log,
      policy: policyOf(),
      credentialColumns: EVENT.columns,
    });
    await raise(bench.log, alertOf());
    await expect(bench.respond.finished).rejects.toMatchObject({ code: 'TRIPLINE_LOG_UNAVAILABLE' });
    expect(bench.asked).toEqual([]);
  });
});

describe('after a restart', () => {
  it('an order that was sent and not answered is sent again, under the same id', async () => {
    const ids: string[] = [];
    const silent = receiverOf((order) => {
      ids.push(order.order_id);
      return new Promise(() => {});
    });
    await bench.start({ receivers: { first: silent, second: bench.receiver('second') }, config: { close_ms: 0 } });
    await raise(bench.log, alertOf());
    await vi.waitFor(() => expect(ids).toHaveLength(1));
    await bench.start({
      receivers: {
        first: receiverOf(async (order) => {
          ids.push(order.order_id);
          return YES;
        }),
        second: bench.receiver('second'),
      },
    });
    const rows = await bench.reaches('accepted');
    expect(ids).toEqual([rows[0]!.order_id, rows[0]!.order_id]);
    expect(statesOf(rows)).toEqual(['proposed', 'sent', 'accepted']);
  });

  it('what was accepted is still watched, and a use of it escalates', async () => {
    await bench.start();
    await raise(bench.log, alertOf());
    await bench.reaches('accepted');
    await bench.start();
    bench.now += 6000;
    await observe(bench.log, eventOf({ event_id: 'evt_alive', time: bench.now }));
    const rows = await bench.reaches('accepted');
    await vi.waitFor(async () => expect(statesOf(await bench.reaches('accepted'))).toHaveLength(7));
    expect(rows[0]!.alert_id).toBe('alr_1');
    expect(bench.asked).toEqual([
      ['first', 'alr_1'],
      ['second', 'alr_1'],
    ]);
    expect(await notices(bench.log)).toMatchObject([{ reason: 'used_after_revocation', event_ids: ['evt_alive'] }]);
  });

  it('an alert that got no order gets none, although what stood in its way has failed since', async () => {
    const no: RevokeResult = { status: 'failed', detail: 'no' };
    const waiting: ((result: RevokeResult) => void)[] = [];
    const slow = receiverOf(() => new Promise((resolve) => waiting.push(resolve)));
    await bench.start({ policy: policyOf({ receivers: ['slow'] }), receivers: { slow } });
    await raise(bench.log, alertOf({ alert_id: 'a' }), alertOf({ alert_id: 'b' }));
    await bench.respond.drained();
    waiting[0]!(no);
    await bench.reaches('irrevocable', 'a');
    await bench.start({ policy: policyOf({ receivers: ['slow'] }), receivers: { slow: bench.receiver('slow') } });
    await bench.respond.drained();
    expect((await histories(bench.log)).size).toBe(1);
    expect(bench.asked).toEqual([]);
  });

  it('caps still count what was sent before', async () => {
    const policy = policyOf({ caps: { orders_max: 1 } });
    await bench.start({ policy });
    await raise(bench.log, alertOf());
    await bench.reaches('accepted');
    await bench.start({ policy });
    await raise(bench.log, alertOf({ alert_id: 'alr_2', subject: 'jwt:other' }));
    const rows = await bench.reaches('held', 'alr_2');
    expect(rows.at(-1)!.why).toContain('orders_max is 1');
    expect(await notices(bench.log)).toMatchObject([{ detector: 'revocation-held' }]);
  });
});
