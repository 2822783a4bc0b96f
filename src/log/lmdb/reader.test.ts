import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogConfig } from '../config.ts';
import { openLmdbLog } from './lmdb-log.ts';
import { openLmdbReader } from './reader.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tripline-reader-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('a reader of a log', () => {
  it('reads all partitions in order of time while the log is open and written', async () => {
    const config = LogConfig.parse({ partitions: { events: 3 } });
    let now = 1000;
    const log = await openLmdbLog({ dir, config, clock: () => now });
    const reader = await openLmdbReader(dir);
    for (let i = 0; i < 200; i++) {
      now += 10;
      await log.write({ append: [{ topic: 'events', partition: i % 3, frame: Buffer.from(`f${i}`) }] });
    }
    const read = [...reader.records('events')];
    expect(read.map(({ frame }) => frame.toString())).toEqual(Array.from({ length: 200 }, (_, i) => `f${i}`));
    expect(read[4]).toMatchObject({ partition: 1, offset: 1, appended: 1050 });
    expect([...reader.records('alerts')]).toEqual([]);
    await reader.close();
    await log.close();
  });

  it('says that there is no log where there is none', async () => {
    await expect(openLmdbReader(join(dir, 'nowhere'))).rejects.toMatchObject({ code: 'TRIPLINE_DATA_DIR_UNUSABLE' });
  });
});
