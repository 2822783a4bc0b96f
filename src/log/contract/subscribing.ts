import { expect, it } from 'vitest';
import { TriplineError } from '../../errors.ts';
import type { LogRecord, PartitionTask } from '../log.ts';
import { appendsOf, collector, gate, type LogTraits, type OpenLogForTest, textsOf } from './under-test.ts';

const idle = async (): Promise<PartitionTask> => ({ position: 0, process: async () => {} });

export function testSubscribing(open: OpenLogForTest, { dense }: LogTraits): void {
  it('hands over what was there and what comes, in order and once', async () => {
    const { log } = await open({ read_bytes: 100 });
    const seen = collector<LogRecord>();
    await log.write({
      append: appendsOf(
        'alerts',
        0,
        Array.from({ length: 50 }, (_, i) => `old ${i}`),
      ),
    });
    const task = { position: 0, process: async (records: readonly LogRecord[]) => seen.add(...records) };
    const subscription = await log.subscribe('alerts', 'g', async () => task);
    for (let i = 0; i < 50; i++) await log.write({ append: appendsOf('alerts', 0, [`new ${i}`]) });
    await subscription.drained();
    const offsets = seen.items.map(({ offset }) => offset);
    if (dense) expect(offsets).toEqual(Array.from({ length: 100 }, (_, i) => i));
    else expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    const numbers = Array.from({ length: 50 }, (_, i) => i);
    expect(textsOf(seen.items)).toEqual([...numbers.map((i) => `old ${i}`), ...numbers.map((i) => `new ${i}`)]);
    await subscription.close();
  });

  it('opens each partition and starts at the position that its task names', async () => {
    const { log } = await open({});
    await log.write({ append: [...appendsOf('events', 0, ['a', 'b', 'c']), ...appendsOf('events', 1, ['d', 'e'])] });
    await log.write({ commit: [{ group: 'g', topic: 'events', partition: 0, offset: 2 }] });
    const seen = collector<string>();
    const subscription = await log.subscribe('events', 'g', async (partition) => ({
      position: (await log.committed('g', 'events', partition)) ?? 0,
      process: async (records) => seen.add(...textsOf(records).map((text) => `${partition}${text}`)),
    }));
    await subscription.drained();
    expect(seen.items.toSorted()).toEqual(['0c', '1d', '1e']);
    await subscription.close();
  });

  it('never calls a task again before it has answered', async () => {
    const { log } = await open({ tick_ms: 1, read_bytes: 1 });
    let running = 0;
    let most = 0;
    const busy = async () => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
    };
    const subscription = await log.subscribe('alerts', 'g', async () => ({ position: 0, process: busy, tick: busy }));
    for (let i = 0; i < 40; i++) await log.write({ append: appendsOf('alerts', 0, [`${i}`]) });
    await subscription.drained();
    await subscription.close();
    expect(most).toBe(1);
  });

  it('tells how many records are not processed yet', async () => {
    const { log } = await open({});
    const [entered, leave] = [gate(), gate()];
    const subscription = await log.subscribe('events', 'g', async () => ({
      position: 0,
      async process() {
        entered.open();
        await leave.opened;
      },
    }));
    expect(subscription.lag()).toBe(0);
    await log.write({ append: [...appendsOf('events', 0, ['a', 'b']), ...appendsOf('events', 1, ['c'])] });
    await entered.opened;
    if (dense) expect(subscription.lag()).toBe(3);
    else expect(subscription.lag()).toBeGreaterThanOrEqual(3);
    leave.open();
    await subscription.drained();
    expect(subscription.lag()).toBe(0);
    await subscription.close();
  });

  testFailures(open);
  testClosing(open);
}

function testFailures(open: OpenLogForTest): void {
  it('hands the same records over again after a retriable error', async () => {
    const { log } = await open({ retry_ms_min: 1, retry_ms_max: 2 });
    const calls: string[][] = [];
    const subscription = await log.subscribe('alerts', 'g', async () => ({
      position: 0,
      async process(records) {
        calls.push(textsOf(records));
        if (calls.length < 3) throw new TriplineError('TRIPLINE_STORE_UNAVAILABLE', 'away', { retriable: true });
      },
    }));
    await log.write({ append: appendsOf('alerts', 0, ['a', 'b']) });
    await subscription.drained();
    expect(calls).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ]);
    await subscription.close();
  });

  it.each([new TriplineError('TRIPLINE_STORE_REFUSED', 'no'), new TypeError('a bug')])(
    'stops and tells of an error that is not retriable: $name',
    async (error) => {
      const { log } = await open({});
      let calls = 0;
      const closed = gate();
      const subscription = await log.subscribe('alerts', 'g', async () => ({
        position: 0,
        async process() {
          calls++;
          throw error;
        },
        close: async () => closed.open(),
      }));
      const finished = expect(subscription.finished).rejects.toBe(error);
      await log.write({ append: appendsOf('alerts', 0, ['a']) });
      await finished;
      await closed.opened;
      await log.write({ append: appendsOf('alerts', 0, ['b']) });
      await expect(subscription.drained()).rejects.toBe(error);
      expect(calls).toBe(1);
      await subscription.close();
    },
  );
}

function testClosing(open: OpenLogForTest): void {
  it('waits for the running call when it is closed, and closes the task', async () => {
    const { log } = await open({});
    const [entered, leave] = [gate(), gate()];
    const order: string[] = [];
    const subscription = await log.subscribe('alerts', 'g', async () => ({
      position: 0,
      async process() {
        entered.open();
        await leave.opened;
        await log.write({ commit: [{ group: 'g', topic: 'alerts', partition: 0, offset: 1 }] });
        order.push('processed');
      },
      close: async () => void order.push('task closed'),
    }));
    await log.write({ append: appendsOf('alerts', 0, ['a']) });
    await entered.opened;
    const closing = subscription.close().then(() => order.push('closed'));
    leave.open();
    await closing;
    expect(order).toEqual(['processed', 'task closed', 'closed']);
    expect(await log.committed('g', 'alerts', 0)).toBe(1);
    await subscription.finished;
  });

  it('closes its subscriptions with the log, and takes no writes after that', async () => {
    const { log } = await open({});
    const subscription = await log.subscribe('alerts', 'g', idle);
    await log.close();
    await subscription.finished;
    const late = log.write({ append: appendsOf('alerts', 0, ['a']) });
    await expect(late).rejects.toMatchObject({ code: 'TRIPLINE_LOG_UNAVAILABLE' });
  });
}
