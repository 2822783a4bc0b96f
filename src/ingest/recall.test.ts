import { describe, expect, it } from 'vitest';
import { EVENT } from '../event/event.ts';
import { rowOf } from '../event/field.ts';
import { createFingerprints } from '../event/fingerprint.ts';
import { encodeFrame } from '../event/frame/index.ts';
import type { Log } from '../log/log.ts';
import { openMemoryLog } from '../log/memory-log.ts';
import { recall } from './recall.ts';
import { hashInto, nameOf, type RecentIds } from './recent-ids.ts';

const fingerprints = createFingerprints(Buffer.alloc(32, 7));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** A log whose clock moves on with every append; events are numbers. */
async function logOf(...frames: [partition: number, events: number[]][]): Promise<Log> {
  let time = 1_000;
  const log = openMemoryLog({ clock: () => ++time });
  for (const [partition, events] of frames) {
    const rows = events.map((number) => rowOf(EVENT, { event_id: String(number), producer: 'p' }));
    await log.write({ append: [{ topic: 'events', partition, frame: encodeFrame(EVENT.columns, rows) }] });
  }
  return log;
}

const known = (recent: RecentIds, numbers: number[], producer = 'p') =>
  numbers.filter((number) => recent.has(hashInto(fingerprints, nameOf(producer, String(number)), new Uint32Array(2))));

describe('what the door remembers when it opens', () => {
  it('is nothing of an empty log, and everything of a small one, by producer', async () => {
    expect(known(await recall(await logOf(), fingerprints, 10), range(0, 9))).toEqual([]);
    const recent = await recall(await logOf([0, [1, 2]], [1, [3]]), fingerprints, 10);
    expect(known(recent, range(0, 5))).toEqual([1, 2, 3]);
    expect(known(recent, range(0, 5), 'another')).toEqual([]);
    expect(recent.forgotten).toBe(0);
  });

  it('is the newest events over all partitions, exactly as many as may be', async () => {
    const log = await logOf([0, range(0, 60)], [1, range(60, 120)], [0, range(120, 130)], [1, range(130, 131)]);
    const recent = await recall(log, fingerprints, 100);
    expect(known(recent, range(0, 140))).toEqual(range(31, 131));
    expect(recent.forgotten).toBe(0);
  });

  it('is the newest of one partition where the others are quiet', async () => {
    const log = await logOf([1, [1000]], ...range(0, 200).map((i): [number, number[]] => [0, [2 * i, 2 * i + 1]]));
    expect(known(await recall(log, fingerprints, 300), [...range(0, 400), 1000])).toEqual(range(100, 400));
  });

  it('begins where retention has left the log', async () => {
    const log = await logOf([0, [1]], [0, [2]], [0, [3]]);
    await log.write({ commit: [{ group: 'g', topic: 'events', partition: 0, offset: 2 }] });
    await log.retain(10 * 24 * 60 * 60 * 1000);
    expect(await log.bounds('events', 0)).toEqual({ first: 2, next: 3 });
    expect(known(await recall(log, fingerprints, 10), [1, 2, 3])).toEqual([3]);
  });
});
