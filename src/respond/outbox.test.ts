import { afterEach, describe, expect, it, vi } from 'vitest';
import { RespondConfig } from './config.ts';
import type { Entry } from './ledger.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import type { Receiver, RevokeResult } from './revoker.ts';
import { alertOf, ordersDeps, policyOf, type Reply, receiverOf, sentEntry } from './testing.ts';

const YES: RevokeResult = { status: 'accepted' };
let outbox: Outbox;
afterEach(async () => {
  vi.useRealTimers();
  await outbox.close();
});

/** Requests that are open at a receiver, answered by the test. */
function held() {
  const open: { order_id: string; signal: AbortSignal; answer(result: RevokeResult): void }[] = [];
  const revoke: Reply = ({ order_id }, signal) => new Promise((answer) => open.push({ order_id, signal, answer }));
  return { receiver: receiverOf(revoke), open };
}

function outboxTo(receivers: Record<string, Receiver>, config: object = {}) {
  const answers: [alert: string, receiver: string, RevokeResult][] = [];
  const deps = ordersDeps({ receivers: new Map(Object.entries(receivers)), config: RespondConfig.parse(config) });
  const wanted = new Set<() => void>();
  outbox = createOutbox({
    ...deps,
    answered(entry, { receiver }, result) {
      answers.push([entry.order.alert_id, receiver, result]);
      for (const look of wanted) look();
    },
  });
  /** Resolves when so many answers have come. */
  const answered = (count: number) =>
    new Promise<typeof answers>((resolve) => {
      const look = () => void (answers.length >= count && resolve(answers));
      wanted.add(look);
      look();
    });
  return { answers, answered };
}

function entryTo(receiver: string, alert_id = 'a'): Entry {
  return sentEntry(
    ordersDeps({ receivers: new Map([[receiver, receiverOf(async () => YES)]]) }),
    alertOf({ alert_id }),
    policyOf({ receivers: [receiver] }),
  );
}

describe('the outbox', () => {
  it('asks a receiver that is alive while another one holds everything up', async () => {
    const dead = held();
    const { answered } = outboxTo(
      { dead: dead.receiver, alive: receiverOf(async () => YES) },
      { receiver_concurrency_max: 1, close_ms: 0 },
    );
    for (const id of ['a', 'b', 'c']) outbox.push(entryTo('dead', id), 0);
    outbox.push(entryTo('alive', 'd'), 0);
    expect(await answered(1)).toEqual([['d', 'alive', YES]]);
    expect(outbox.status()).toEqual({
      dead: { waiting: 0, queued: 2, open: 1 },
      alive: { waiting: 0, queued: 0, open: 0 },
    });
  });

  it('opens no more requests at a receiver than it may, and the next when one is answered', async () => {
    const { receiver, open } = held();
    const { answered } = outboxTo({ r: receiver }, { receiver_concurrency_max: 2, close_ms: 0 });
    for (const id of ['a', 'b', 'c']) outbox.push(entryTo('r', id), 0);
    expect(open).toHaveLength(2);
    open[1]!.answer(YES);
    expect(await answered(1)).toEqual([['b', 'r', YES]]);
    await vi.waitFor(() => expect(open).toHaveLength(3));
  });

  it('waits as long as it is told, and a month as well', () => {
    vi.useFakeTimers();
    const { receiver, open } = held();
    outboxTo({ r: receiver }, { close_ms: 0 });
    outbox.push(entryTo('r', 'soon'), 1000);
    outbox.push(entryTo('r', 'month'), 30 * 86_400_000);
    expect(outbox.status()).toEqual({ r: { waiting: 2, queued: 0, open: 0 } });
    vi.advanceTimersByTime(999);
    expect(open).toHaveLength(0);
    vi.advanceTimersByTime(1);
    expect(open).toHaveLength(1);
    vi.advanceTimersByTime(24 * 86_400_000);
    expect(outbox.status()).toMatchObject({ r: { waiting: 1 } });
    vi.useRealTimers();
  });

  it('gives an attempt up after its time, however the receiver is made', async () => {
    const deaf = held();
    const { answered } = outboxTo({ r: deaf.receiver }, { attempt_timeout_ms: 5, close_ms: 0 });
    outbox.push(entryTo('r'), 0);
    expect(await answered(1)).toEqual([['a', 'r', { status: 'retry', detail: 'No answer in time' }]]);
    expect(deaf.open[0]!.signal.aborted).toBe(true);
    expect(outbox.status()).toEqual({ r: { waiting: 0, queued: 0, open: 0 } });
  });

  it.each<[what: string, revoke: Reply]>([
    ['rejects', () => Promise.reject(new Error('boom'))],
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
  ])('takes a revoker that %s for one that is not there now', async (_, revoke) => {
    const { answered } = outboxTo({ r: receiverOf(revoke) });
    outbox.push(entryTo('r'), 0);
    expect(await answered(1)).toEqual([['a', 'r', { status: 'retry', detail: 'The revoker failed' }]]);
  });

  it('fails an order whose receiver is not configured any more', async () => {
    const { answered } = outboxTo({});
    outbox.push(entryTo('gone'), 0);
    const detail = 'Receiver gone is not configured any more';
    expect(await answered(1)).toEqual([['a', 'gone', { status: 'failed', detail }]]);
  });

  it('lets nothing leave while it is paused, and everything after that', async () => {
    const { answers, answered } = outboxTo({ r: receiverOf(async () => YES) });
    outbox.pause(true);
    for (const id of ['a', 'b']) outbox.push(entryTo('r', id), 0);
    expect(outbox.status()).toEqual({ r: { waiting: 0, queued: 2, open: 0 } });
    expect(answers).toEqual([]);
    outbox.pause(false);
    expect((await answered(2)).map(([id]) => id)).toEqual(['a', 'b']);
  });

  it('tells the receiver why the order was made and when, not what its last row says', async () => {
    const asked: unknown[] = [];
    const { answered } = outboxTo({
      r: receiverOf(async (order) => {
        asked.push([order.why, order.time]);
        return YES;
      }),
    });
    const entry = entryTo('r');
    entry.order = { ...entry.order, why: 'answered 503; asked again after 200 ms', time: 7 };
    outbox.push(entry, 0);
    await answered(1);
    expect(asked).toEqual([['token-replay: One token was used in two places.', entry.asked_at]]);
  });
});

describe('an outbox that is closed', () => {
  it('takes the answers of open requests, and asks nobody else', async () => {
    const { receiver, open } = held();
    const { answers } = outboxTo({ r: receiver }, { receiver_concurrency_max: 1 });
    for (const id of ['a', 'b']) outbox.push(entryTo('r', id), 0);
    const closed = outbox.close();
    open[0]!.answer(YES);
    await closed;
    outbox.push(entryTo('r', 'c'), 0);
    expect(answers).toEqual([['a', 'r', YES]]);
    expect(open).toHaveLength(1);
  });

  it('gives up those that are not answered, and leaves them as they were', async () => {
    const { receiver } = held();
    const { answers } = outboxTo({ r: receiver }, { close_ms: 1 });
    outbox.push(entryTo('r'), 0);
    await outbox.close();
    expect(answers).toEqual([]);
  });
});
