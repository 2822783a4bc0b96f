import { describe, expect, it } from 'vitest';
import { EVENT } from '../event/event.ts';
import { copyRow, Frame, rowsOf } from '../event/frame/index.ts';
import type { Order } from '../order/order.ts';
import type { Receiver, RevokeResult } from './revoker.ts';
import { alertOf, eventOf, notices, observe, policyOf, raise, receiverOf } from './testing.ts';
import { respondBench } from './testing-bench.ts';

const bench = respondBench();
const YES: RevokeResult = { status: 'accepted', http_status: 200 };
const ANN = { who: 'ann', why: 'she knows the agent' };
const BOB = { who: 'bob', why: 'so does he' };
const steps = (rows: Order[]) => rows.map(({ state, who }) => `${state} ${who}`);

/** A receiver that can take back what it did, and answers these one after the other; then yes. */
function undoable(...answers: RevokeResult[]): Receiver & { back: string[] } {
  const back: string[] = [];
  const receiver = receiverOf(async () => YES, { undo: true });
  const undo = async ({ order_id }: Order) => {
    back.push(order_id);
    return answers.shift() ?? YES;
  };
  return Object.assign(receiver, { undo, back });
}

/** An order that first accepted. */
async function accepted(first: Receiver, rule: object = {}, config: object = {}): Promise<string> {
  await bench.start({ policy: policyOf({ receivers: ['first'], ...rule }), receivers: { first }, config });
  await raise(bench.log, alertOf());
  return (await bench.reaches('accepted'))[0]!.order_id;
}

async function lifecycles(): Promise<string[]> {
  const found: string[] = [];
  for (let partition = 0; partition < bench.log.partitions('credentials'); partition++)
    for (const { frame } of await bench.log.read('credentials', partition, 0, 1 << 30)) {
      const cursor = rowsOf(EVENT, Frame.decode(frame));
      for (let i = 0; i < cursor.length; i++) found.push(copyRow(EVENT, cursor.seek(i)).lifecycle);
    }
  return found.filter((what) => what !== '');
}

describe('approval', () => {
  const rule = { mode: 'approve', approvals_min: 2 };

  it('of two people lets an order go, and a person counts once', async () => {
    await bench.start({ policy: policyOf(rule) });
    await raise(bench.log, alertOf());
    const [{ order_id }] = (await bench.reaches('held')) as [Order];
    await bench.respond.people.approve(order_id, ANN);
    await expect(bench.respond.people.approve(order_id, ANN)).rejects.toThrow('ann has approved order');
    expect(bench.asked).toEqual([]);
    // One approval is remembered over a restart.
    await bench.start({ policy: policyOf(rule) });
    await expect(bench.respond.people.approve(order_id, ANN)).rejects.toThrow('ann has approved order');
    await bench.respond.people.approve(order_id, BOB);
    const rows = await bench.reaches('accepted');
    expect(steps(rows)).toEqual(['proposed policy', 'held policy', 'held ann', 'sent bob', 'accepted first']);
    expect(rows[2]!.why).toBe('Approved, 1 of 2: she knows the agent');
  });

  it('can be refused: the order is dropped, with who and why', async () => {
    await bench.start({ policy: policyOf(rule) });
    await raise(bench.log, alertOf());
    const [{ order_id }] = (await bench.reaches('held')) as [Order];
    await bench.respond.people.reject(order_id, ANN);
    expect((await bench.reaches('expired')).at(-1)).toMatchObject(ANN);
    await expect(bench.respond.people.approve(order_id, BOB)).rejects.toMatchObject({ code: 'TRIPLINE_ORDER_REFUSED' });
  });

  it.each([
    ['who', { who: ' ', why: 'x' }],
    ['why', { who: 'ann', why: '\n' }],
  ])('needs a %s', async (_, said) => {
    await bench.start({ policy: policyOf(rule) });
    await raise(bench.log, alertOf());
    const [{ order_id }] = (await bench.reaches('held')) as [Order];
    await expect(bench.respond.people.approve(order_id, said)).rejects.toThrow('who and why are needed');
  });
});

describe('undo', () => {
  it('asks the receiver to take it back, and tells detectors that the credential is good again', async () => {
    const first = undoable();
    const order_id = await accepted(first);
    await bench.respond.people.undo(order_id, { ...ANN, false_alarm: true });
    const rows = await bench.reaches('undone');
    expect(steps(rows).slice(2)).toEqual(['accepted first', 'undo_requested ann', 'undone first']);
    expect(rows[3]!.why).toBe('False alarm: she knows the agent');
    expect(first.back).toEqual([order_id]);
    expect(await lifecycles()).toEqual(['credential_revoked', 'credential_reinstated']);
  });

  it('works on what was proven too, and a use afterwards is no failure', async () => {
    const order_id = await accepted(undoable());
    bench.now += 10;
    await observe(bench.log, eventOf({ event_id: 'evt_401', time: bench.now, outcome: 'denied', error_status: 401 }));
    await bench.reaches('confirmed');
    await bench.respond.people.undo(order_id, { ...ANN, false_alarm: false });
    await bench.reaches('undone');
    bench.now += 60_000;
    await observe(bench.log, eventOf({ event_id: 'evt_ok', time: bench.now }));
    await bench.respond.drained();
    expect((await bench.reaches('undone')).at(-1)).toMatchObject({ state: 'undone' });
  });

  it('is not offered where the receiver cannot', async () => {
    const order_id = await accepted(bench.receiver('first'));
    await expect(bench.respond.people.undo(order_id, { ...ANN, false_alarm: true })).rejects.toThrow(
      'Receiver first cannot take back order',
    );
  });

  it('is tried again while the receiver is busy, and after a restart', async () => {
    const busy: RevokeResult = { status: 'retry', detail: 'answered 503' };
    const order_id = await accepted(undoable(busy, busy), {}, { retry_front_ms: [0, 0, 0] });
    await bench.respond.people.undo(order_id, { ...ANN, false_alarm: false });
    expect(steps(await bench.reaches('undone')).slice(3)).toEqual([
      'undo_requested ann',
      'undo_requested first',
      'undo_requested first',
      'undone first',
    ]);
  });

  it('goes on after a restart', async () => {
    const never = undoable();
    never.undo = () => new Promise(() => {});
    const order_id = await accepted(never, {}, { close_ms: 0 });
    await bench.respond.people.undo(order_id, { ...ANN, false_alarm: false });
    await bench.reaches('undo_requested');
    const first = undoable();
    await bench.start({ policy: policyOf({ receivers: ['first'] }), receivers: { first } });
    await bench.reaches('undone');
    expect(first.back).toEqual([order_id]);
  });

  it('that the receiver refuses is told to somebody, who may ask again', async () => {
    const first = undoable({ status: 'failed', http_status: 403, detail: 'refused with 403' });
    const order_id = await accepted(first);
    await bench.respond.people.undo(order_id, { ...ANN, false_alarm: false });
    const told = async () => (await notices(bench.log)).map(({ reason, severity }) => `${severity} ${reason}`);
    await expect.poll(told, { timeout: 20_000 }).toEqual(['high undo_failed']);
    await bench.respond.people.undo(order_id, { ...BOB, false_alarm: false });
    await bench.reaches('undone');
    expect(first.back).toEqual([order_id, order_id]);
  });

  it('makes the next order for the same target wait for a person, for a while', async () => {
    const policy = policyOf({ receivers: ['first'], cool_down_ms: 60_000 });
    const first = undoable();
    const order_id = await accepted(first, { cool_down_ms: 60_000 });
    await bench.respond.people.undo(order_id, { ...ANN, false_alarm: true });
    await bench.reaches('undone');
    bench.now += 59_999;
    await raise(bench.log, alertOf({ alert_id: 'alr_2' }));
    expect((await bench.reaches('held', 'alr_2')).at(-1)!.why).toContain(`ann took order ${order_id} back`);
    expect(policy.rules[0]!.cool_down_ms).toBe(60_000);
  });
});

describe('a suspension', () => {
  it('is taken back by itself when its time is over, and not before', async () => {
    const first = undoable();
    await accepted(first, { action: 'suspend', suspend_ms: 60_000 }, { sweep_ms: 1 });
    bench.now += 59_999;
    await bench.respond.drained();
    expect((await bench.reaches('accepted')).length).toBe(3);
    bench.now += 1;
    expect(steps(await bench.reaches('undone')).slice(3)).toEqual(['undo_requested policy', 'undone first']);
  });
});

describe('an order for which no receiver is left', () => {
  it('is asked for again by hand, under the same id', async () => {
    const answers: RevokeResult[] = [{ status: 'failed', http_status: 403, detail: 'refused with 403' }];
    const asked: string[] = [];
    const first = receiverOf(async ({ order_id }) => {
      asked.push(order_id);
      return answers.shift() ?? YES;
    });
    await bench.start({ policy: policyOf({ receivers: ['first'] }), receivers: { first } });
    await raise(bench.log, alertOf());
    const [{ order_id }] = (await bench.reaches('irrevocable')) as [Order];
    await bench.respond.people.redeliver(order_id, ANN);
    expect(steps(await bench.reaches('accepted')).slice(2)).toEqual([
      'failed first',
      'irrevocable first',
      'escalated ann',
      'sent ann',
      'accepted first',
    ]);
    expect(asked).toEqual([order_id, order_id]);
  });
});
