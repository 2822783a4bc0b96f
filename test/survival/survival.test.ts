import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openLmdbLog } from '../../src/log/lmdb/lmdb-log.ts';
import { fleetBatches, numbers, STORMS } from './load.ts';
import { play } from './play.ts';

const KILLS = 20;
const SEED = 20261126;
const base = Date.now() - 120_000;
const batches = fleetBatches(SEED, base);
const posted = batches.flat().map((event) => event.event_id!);
const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

describe('a Tripline that is killed', () => {
  it('loses nothing that it answered, doubles nothing, and acts once on each order', { timeout: 300_000 }, async () => {
    const calm = await run(new Set());
    const random = numbers(SEED);
    const moments = new Set<number>();
    while (moments.size < KILLS) moments.add(Math.floor(random() * batches.length));
    const killed = await run(moments);

    expect(killed.kills).toBe(KILLS);
    for (const { stored, logged } of [calm, killed]) {
      expect(stored.sort()).toEqual([...posted].sort());
      expect(logged.sort()).toEqual([...posted].sort());
    }
    expect(calm.alerts.length).toBeGreaterThanOrEqual(STORMS);
    expect(killed.alerts).toEqual(calm.alerts);
    for (const { targets, refused } of [calm, killed]) {
      expect(refused).toBe(0);
      expect([...targets.keys()].sort()).toEqual(Array.from({ length: STORMS }, (_, i) => `token-id:looping-${i}`));
      expect([...targets.values()].map((ids) => ids.size)).toEqual(Array(STORMS).fill(1));
    }
  });
});

async function run(moments: ReadonlySet<number>) {
  const folder = await mkdtemp(join(tmpdir(), 'tripline-survival-'));
  folders.push(folder);
  const openLog = () => openLmdbLog({ dir: join(folder, 'data', 'log') });
  return play(batches, moments, SEED, { folder, log: {}, openLog });
}
