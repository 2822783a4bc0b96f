import { expect, it } from 'vitest';
import { TOPICS } from '../log.ts';
import { appendsOf, frameOf, type LogTraits, type OpenLogForTest, READ_ALL, stateOf, textsOf } from './under-test.ts';

export function testWriting(open: OpenLogForTest, { dense, keepsHouse }: LogTraits): void {
  it.runIf(dense)('counts the offsets of each partition of each topic from 0 by 1', async () => {
    const { log } = await open({});
    expect(await log.write({ append: appendsOf('events', 0, ['a', 'b']) })).toEqual([0, 1]);
    const append = [
      { topic: 'events', partition: 1, frame: frameOf('c') },
      { topic: 'events', partition: 0, frame: frameOf('d') },
      { topic: 'alerts', partition: 0, frame: frameOf('e') },
    ] as const;
    expect(await log.write({ append })).toEqual([0, 2, 0]);
    expect(await log.bounds('events', 0)).toEqual({ first: 0, next: 3 });
    expect(await log.bounds('events', 1)).toEqual({ first: 0, next: 1 });
    expect(await log.bounds('gaps', 0)).toEqual({ first: 0, next: 0 });
    expect(textsOf(await log.read('events', 0, 0, READ_ALL))).toEqual(['a', 'b', 'd']);
  });

  it('gives each append an offset above those before it in its partition', async () => {
    const { log } = await open({});
    const append = [
      { topic: 'events', partition: 1, frame: frameOf('c') },
      { topic: 'events', partition: 0, frame: frameOf('d') },
      { topic: 'alerts', partition: 0, frame: frameOf('e') },
    ] as const;
    const [a, b] = await log.write({ append: appendsOf('events', 0, ['a', 'b']) });
    const [c, d, e] = await log.write({ append });
    expect([a! < b!, b! < d!, c! >= 0, e! >= 0]).toEqual([true, true, true, true]);
    expect((await log.bounds('events', 0)).next).toBeGreaterThan(d!);
    expect(await log.bounds('gaps', 0)).toEqual({ first: 0, next: 0 });
    const records = await log.read('events', 0, 0, READ_ALL);
    expect(records.map(({ offset }) => offset)).toEqual([a, b, d]);
    expect(textsOf(records)).toEqual(['a', 'b', 'd']);
    expect(textsOf(await log.read('events', 0, b! + 1, READ_ALL))).toEqual(['d']);
    expect(await log.read('events', 0, d! + 1, READ_ALL)).toEqual([]);
  });

  it('takes records of every topic, and keeps them apart', async () => {
    const { log } = await open({});
    await log.write({ append: TOPICS.flatMap((topic) => appendsOf(topic, 0, [topic])) });
    for (const topic of TOPICS) expect(textsOf(await log.read(topic, 0, 0, READ_ALL))).toEqual([topic]);
  });

  it('has as many partitions as configured', async () => {
    const { log } = await open({ partitions: { events: 3 } });
    expect([log.partitions('events'), log.partitions('credentials'), log.partitions('alerts')]).toEqual([3, 2, 1]);
  });

  it('answers a write of nothing', async () => {
    const { log } = await open({});
    expect(await log.write({})).toEqual([]);
  });

  testAtOnce(open, dense);
  testTogether(open, dense);

  it.runIf(keepsHouse)('grows on disk', async () => {
    const { log } = await open({});
    await log.write({ append: [{ topic: 'events', partition: 0, frame: Buffer.alloc(3_000_000, 'x') }] });
    expect(await log.size()).toBeGreaterThanOrEqual(3_000_000);
  });
}

function testAtOnce(open: OpenLogForTest, dense: boolean): void {
  it('gives every one of many writes at once an offset of its own', async () => {
    const { log } = await open({});
    const writes = Array.from({ length: 300 }, (_, i) => log.write({ append: appendsOf('events', 0, [`w${i}`]) }));
    const offsets = (await Promise.all(writes)).flat();
    const sorted = offsets.toSorted((a, b) => a - b);
    expect(new Set(sorted).size).toBe(300);
    if (dense) expect(sorted).toEqual(Array.from({ length: 300 }, (_, i) => i));
    const records = await log.read('events', 0, 0, READ_ALL);
    const texts = new Map(records.map(({ offset, frame }) => [offset, frame.toString()]));
    expect(texts.size).toBe(300);
    offsets.forEach((offset, i) => {
      expect(texts.get(offset)).toBe(`w${i}`);
    });
  });
}

function testTogether(open: OpenLogForTest, dense: boolean): void {
  it('keeps appends, commits and state of one write together', async () => {
    const { log } = await open({});
    await log.write({
      append: appendsOf('alerts', 0, ['alert']),
      commit: [{ group: 'detect', topic: 'events', partition: 1, offset: 7 }],
      state: [{ scope: 'detect/events/1', key: 'k', value: Buffer.from('v') }],
    });
    expect(textsOf(await log.read('alerts', 0, 0, READ_ALL))).toEqual(['alert']);
    expect(await log.committed('detect', 'events', 1)).toBe(7);
    expect(await log.committed('detect', 'events', 0)).toBeUndefined();
    expect(await log.committed('archive', 'events', 1)).toBeUndefined();
    expect(await stateOf(log, 'detect/events/1')).toEqual(['k=v']);
  });

  it('keeps everything over a restart and goes on counting', async () => {
    const { log, reopen } = await open({});
    await log.write({
      append: appendsOf('events', 0, ['a', 'b']),
      commit: [{ group: 'g', topic: 'events', partition: 0, offset: 1 }],
      state: [{ scope: 's', key: 'k', value: Buffer.from('v') }],
    });
    const before = await log.read('events', 0, 0, READ_ALL);
    const again = await reopen();
    expect(await again.read('events', 0, 0, READ_ALL)).toEqual(before);
    expect(await again.committed('g', 'events', 0)).toBe(1);
    expect(await stateOf(again, 's')).toEqual(['k=v']);
    const [offset] = await again.write({ append: appendsOf('events', 0, ['c']) });
    if (dense) expect(offset).toBe(2);
    else expect(offset).toBeGreaterThan(1);
    const [last] = await again.read('events', 0, offset!, READ_ALL);
    expect(last!.appended).toBeGreaterThanOrEqual(before[1]!.appended);
  });
}
