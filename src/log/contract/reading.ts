import { expect, it } from 'vitest';
import { appendsOf, type OpenLogForTest, READ_ALL, textsOf } from './under-test.ts';

export function testReading(open: OpenLogForTest): void {
  it('reads in order from an offset on, and nothing at the end', async () => {
    const { log } = await open({});
    await log.write({ append: appendsOf('events', 0, ['a', 'b', 'c']) });
    const records = await log.read('events', 0, 1, READ_ALL);
    expect(records.map(({ offset }) => offset)).toEqual([1, 2]);
    expect(textsOf(records)).toEqual(['b', 'c']);
    expect(await log.read('events', 0, 3, READ_ALL)).toEqual([]);
    expect(await log.read('events', 1, 0, READ_ALL)).toEqual([]);
  });

  it('stops near the limit of bytes, but not before one record', async () => {
    const { log } = await open({});
    const texts = Array.from({ length: 20 }, (_, i) => String.fromCharCode(97 + i).repeat(10_000));
    await log.write({ append: appendsOf('events', 0, texts) });
    expect(textsOf(await log.read('events', 0, 4, 1))).toEqual([texts[4]]);
    const some = await log.read('events', 0, 0, 50_000);
    expect(some.length).toBeGreaterThan(1);
    expect(some.length).toBeLessThan(10);
    expect(textsOf(some)).toEqual(texts.slice(0, some.length));
  });

  it('gives back the bytes of frames of any size', async () => {
    const { log } = await open({});
    const sizes = [0, 1, 7, 2000, 2040, 4080, 32_760, 33_000, 70_000, 1_500_000];
    const frames = sizes.map((size, i) => Buffer.alloc(size, String.fromCharCode(65 + i)));
    await log.write({ append: frames.map((frame) => ({ topic: 'rejects', partition: 0, frame })) });
    const records = await log.read('rejects', 0, 0, READ_ALL);
    expect(records.map(({ frame }) => frame.length)).toEqual(sizes);
    records.forEach(({ frame }, i) => {
      expect(frame.equals(frames[i]!)).toBe(true);
    });
  });

  it('hands out frames that stay as they are, whatever is written, read or retired later', async () => {
    const { log } = await open({ retention: { age_ms: 0 } });
    const texts = ['s', 'mm', 'LLL'].map((text, i) => text.repeat(30 * 100 ** i));
    await log.write({ append: appendsOf('events', 0, texts) });
    const kept = await log.read('events', 0, 0, READ_ALL);
    await log.retain(Date.now() + 60_000);
    for (let round = 0; round < 20; round++) {
      const other = ['z', 'zz', 'zzz'].map((text, i) => text.repeat(30 * 100 ** i));
      const [first] = await log.write({ append: appendsOf('events', 0, other) });
      expect(textsOf(await log.read('events', 0, first!, READ_ALL))).toEqual(other);
      await log.retain(Date.now() + 60_000);
    }
    expect(textsOf(kept)).toEqual(texts);
  });

  it('stamps records with the time, which never goes back within a partition', async () => {
    const { log } = await open({});
    const before = Date.now();
    for (let i = 0; i < 20; i++) await log.write({ append: appendsOf('events', 0, [`${i}`, `${i}`]) });
    const times = (await log.read('events', 0, 0, READ_ALL)).map(({ appended }) => appended);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    // A minute for clocks that differ: it is the same clock or one that is kept in step.
    expect(Math.abs(times[0]! - before)).toBeLessThan(60_000);
  });
}
