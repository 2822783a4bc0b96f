import { expect, it } from 'vitest';
import type { LogRecord } from '../log.ts';
import { appendsOf, collector, gate, type OpenLogForTest, READ_ALL } from './under-test.ts';

export function testTicks(open: OpenLogForTest): void {
  it('tells a task that has caught up the time, which does not go back', async () => {
    const { log } = await open({ tick_ms: 2 });
    const ticks = collector<number>();
    const task = { position: 0, process: async () => {}, tick: async (now: number) => ticks.add(now) };
    const subscription = await log.subscribe('alerts', 'g', async () => task);
    await ticks.holds(5);
    await subscription.close();
    expect(ticks.items).toEqual(ticks.items.toSorted((a, b) => a - b));
    expect(ticks.items.at(-1)!).toBeGreaterThan(ticks.items[0]!);
  });

  it('never tells a time later than that of a record that follows', async () => {
    const { log, reopen } = await open({ tick_ms: 1 });
    const seen = collector<{ tick?: number; record?: LogRecord }>();
    const subscription = await log.subscribe('alerts', 'g', async () => ({
      position: 0,
      process: async (records) => seen.add(...records.map((record) => ({ record }))),
      tick: async (tick) => seen.add({ tick }),
    }));
    for (let i = 0; i < 60; i++) {
      await log.write({ append: appendsOf('alerts', 0, [`${i}`]) });
      if (i % 3 === 0) await seen.holds(seen.items.length + 2);
    }
    await subscription.close();
    const ticks = seen.items.filter(({ tick }) => tick !== undefined);
    expect(ticks.length).toBeGreaterThan(0);
    let told = 0;
    for (const { tick, record } of seen.items) {
      if (record) expect(record.appended).toBeGreaterThanOrEqual(told);
      told = Math.max(told, tick ?? record!.appended);
    }
    const again = await reopen();
    const [offset] = await again.write({ append: appendsOf('alerts', 0, ['after a restart']) });
    const [last] = await again.read('alerts', 0, offset!, READ_ALL);
    expect(last!.appended).toBeGreaterThanOrEqual(told);
  });

  it('is silent while records wait', async () => {
    const { log } = await open({ tick_ms: 1, read_bytes: 1 });
    const leave = gate();
    const seen = collector<string>();
    await log.write({ append: appendsOf('alerts', 0, ['a', 'b', 'c']) });
    const subscription = await log.subscribe('alerts', 'g', async () => ({
      position: 0,
      async process([record]) {
        if (record!.offset === 0) await leave.opened;
        seen.add(record!.frame.toString());
      },
      tick: async () => seen.add('tick'),
    }));
    // Ticks of a second task show that the time for a tick has passed.
    const others = collector<number>();
    const other = await log.subscribe('gaps', 'other', async () => ({
      position: 0,
      process: async () => {},
      tick: async (now) => others.add(now),
    }));
    await others.holds(3);
    leave.open();
    await seen.holds(4);
    expect(seen.items.slice(0, 4)).toEqual(['a', 'b', 'c', 'tick']);
    await Promise.all([subscription.close(), other.close()]);
  });
}
