import { expect, it } from 'vitest';
import type { Commit, Log } from '../log.ts';
import { appendsOf, type OpenLogForTest, READ_ALL, textsOf } from './under-test.ts';

const DAY_MS = 86_400_000;
const commitOf = (group: string, offset: number): Commit => ({ group, topic: 'events', partition: 0, offset });
const inEightDays = () => Date.now() + 8 * DAY_MS;

async function fill(log: Log, count: number): Promise<void> {
  const texts = Array.from({ length: count }, (_, i) => `${i}`);
  await log.write({ append: appendsOf('events', 0, texts) });
}

export function testRetention(open: OpenLogForTest): void {
  it('retires what is older than the age, and says so to who asks for it', async () => {
    const { log } = await open({ retention: { age_ms: 7 * DAY_MS } });
    await fill(log, 5);
    expect(await log.retain(Date.now() + 6 * DAY_MS)).toBe(0);
    expect(await log.bounds('events', 0)).toEqual({ first: 0, next: 5 });
    expect(await log.retain(inEightDays())).toBe(5);
    expect(await log.bounds('events', 0)).toEqual({ first: 5, next: 5 });
    await expect(log.read('events', 0, 4, READ_ALL)).rejects.toMatchObject({
      code: 'TRIPLINE_LOG_OFFSET_GONE',
      retriable: false,
    });
    expect(await log.read('events', 0, 5, READ_ALL)).toEqual([]);
  });

  it('goes on counting after everything was retired, also over a restart', async () => {
    const { log, reopen } = await open({});
    await fill(log, 3);
    await log.retain(inEightDays());
    const again = await reopen();
    expect(await again.bounds('events', 0)).toEqual({ first: 3, next: 3 });
    expect(await again.write({ append: appendsOf('events', 0, ['next']) })).toEqual([3]);
  });

  it('keeps what the slowest group has not committed', async () => {
    const { log, reopen } = await open({});
    await fill(log, 10);
    await log.write({ commit: [commitOf('fast', 10), commitOf('slow', 4)] });
    expect(await log.retain(inEightDays())).toBe(4);
    expect(textsOf(await log.read('events', 0, 4, READ_ALL))).toEqual(['4', '5', '6', '7', '8', '9']);
    const again = await reopen();
    expect(await again.retain(inEightDays())).toBe(0);
    await again.write({ commit: [commitOf('slow', 9)] });
    expect(await again.retain(inEightDays())).toBe(5);
  });

  it('keeps everything for a group that subscribed and has committed nothing', async () => {
    const { log, reopen } = await open({});
    await fill(log, 3);
    await log.write({ commit: [commitOf('fast', 3)] });
    const subscription = await log.subscribe('events', 'new', async () => ({ position: 0, process: async () => {} }));
    await subscription.drained();
    await subscription.close();
    expect(await log.retain(inEightDays())).toBe(0);
    const again = await reopen();
    expect(await again.retain(inEightDays())).toBe(0);
    await again.write({ commit: [commitOf('new', 2)] });
    expect(await again.retain(inEightDays())).toBe(2);
  });

  it('does not wait for groups of other topics', async () => {
    const { log } = await open({});
    await fill(log, 3);
    await log.write({ commit: [{ group: 'g', topic: 'alerts', partition: 0, offset: 0 }] });
    expect(await log.retain(inEightDays())).toBe(3);
  });

  it('retires the oldest until the rest fits in the bytes allowed', async () => {
    const { log } = await open({ retention: { bytes_max: 400_000 } });
    const texts = Array.from({ length: 100 }, (_, i) => `${i}`.padEnd(10_000, '.'));
    await log.write({ append: appendsOf('events', 0, texts), commit: [commitOf('g', 100)] });
    const retired = await log.retain(Date.now());
    const { first, next } = await log.bounds('events', 0);
    expect([first, next]).toEqual([retired, 100]);
    expect((next - first) * 10_000).toBeLessThanOrEqual(400_000);
    expect(next - first).toBeGreaterThan(0);
    expect(textsOf(await log.read('events', 0, first, READ_ALL))).toEqual(texts.slice(first));
    expect(await log.retain(Date.now())).toBe(0);
  });

  it('waits for slow groups also when bytes are short', async () => {
    const { log } = await open({ retention: { bytes_max: 0 } });
    await fill(log, 10);
    await log.write({ commit: [commitOf('slow', 6)] });
    expect(await log.retain(Date.now())).toBe(6);
  });
}
