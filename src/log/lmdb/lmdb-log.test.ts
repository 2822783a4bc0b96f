import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMetrics } from '../../metrics/metrics.ts';
import { LogConfig } from '../config.ts';
import { testLog } from '../contract.ts';
import type { Append, Log } from '../log.ts';
import { openLmdbLog } from './lmdb-log.ts';

testLog('lmdb', async (input) => {
  const dir = await mkdtemp(join(tmpdir(), 'tripline-log-'));
  const config = LogConfig.parse(input);
  let log = await openLmdbLog({ dir, config });
  return {
    log,
    async reopen() {
      await log.close();
      log = await openLmdbLog({ dir, config });
      return log;
    },
    async destroy() {
      await log.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
});

describe('lmdb log', () => {
  let dir: string;
  let log: Log | undefined;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tripline-log-'));
  });
  afterEach(async () => {
    await log?.close();
    log = undefined;
    await rm(dir, { recursive: true, force: true });
  });
  const frames = (count: number, size = 10): Append[] =>
    Array.from({ length: count }, () => ({ topic: 'events', partition: 0, frame: Buffer.alloc(size, 'x') }));

  it('keeps its time going forward when the clock goes back, also over a restart', async () => {
    let now = 5000.25;
    const clock = () => now;
    log = await openLmdbLog({ dir, clock });
    const stamp = async (time: number) => {
      now = time;
      const [offset] = await log!.write({ append: frames(1) });
      return (await log!.read('events', 0, offset!, 1))[0]!.appended;
    };
    expect([await stamp(5000.25), await stamp(4000), await stamp(5000.5)]).toEqual([5000.25, 5000.25, 5000.5]);
    await log.close();
    now = 10;
    log = await openLmdbLog({ dir, clock });
    expect([await stamp(20), await stamp(6000)]).toEqual([5000.5, 6000]);
  });

  it('copies frames before it answers to others', async () => {
    log = await openLmdbLog({ dir });
    const frame = Buffer.from('as written');
    const written = log.write({ append: [{ topic: 'events', partition: 0, frame }] });
    frame.fill('!');
    await written;
    expect((await log.read('events', 0, 0, 100))[0]!.frame.toString()).toBe('as written');
  });

  it('refuses writes beyond its limit of bytes until retention has made room', async () => {
    const config = LogConfig.parse({ map_bytes_max: 2 ** 24, retention: { bytes_max: 2 ** 23 } });
    log = await openLmdbLog({ dir, config });
    const mib = () => log!.write({ append: frames(1, 2 ** 20) });
    for (let i = 0; i < 15; i++) await mib();
    await expect(mib()).rejects.toMatchObject({ code: 'TRIPLINE_LOG_UNAVAILABLE', retriable: true });
    await log.write({ commit: [{ group: 'g', topic: 'events', partition: 0, offset: 15 }] });
    expect(await log.retain(Date.now())).toBeGreaterThan(0);
    expect(await mib()).toEqual([15]);
  });

  it('sheds writes when too many bytes wait for the disk, and counts them', async () => {
    const metrics = createMetrics();
    log = await openLmdbLog({ dir, metrics, config: LogConfig.parse({ waiting_bytes_max: 100_000 }) });
    const writes = await Promise.allSettled(
      Array.from({ length: 20 }, () => log!.write({ append: frames(1, 20_000) })),
    );
    // A frame of 20,000 bytes takes five pages, so four of them fit.
    expect(writes.map(({ status }) => status)).toEqual([...Array(4).fill('fulfilled'), ...Array(16).fill('rejected')]);
    expect((writes[4] as PromiseRejectedResult).reason).toMatchObject({ code: 'TRIPLINE_OVERLOADED', retriable: true });
    const { values } = await metrics.requestsShed.get();
    expect(values).toMatchObject([{ value: 16, labels: { limit: 'log.waiting_bytes_max' } }]);
    expect(await log.write({ append: frames(1, 200_000) })).toEqual([4]);
  });

  it('uses the room of retired records again', async () => {
    const config = LogConfig.parse({ retention: { bytes_max: 2 ** 20 } });
    log = await openLmdbLog({ dir, config });
    for (let round = 0; round < 40; round++) {
      await log.write({ append: frames(20, 50_000) });
      await log.retain(Date.now());
    }
    expect((await log.bounds('events', 0)).next).toBe(800);
    // 40 MB were written; 1 MiB is kept, and a round takes 1 MB before it is retired.
    expect(await log.size()).toBeLessThan(8 * 2 ** 20);
  });

  it('keeps its files to the user who runs it', async () => {
    log = await openLmdbLog({ dir: join(dir, 'new') });
    const modes = await Promise.all(['', 'data.mdb', 'lock.mdb'].map((name) => stat(join(dir, 'new', name))));
    expect(modes.map(({ mode }) => mode & 0o777)).toEqual([0o700, 0o600, 0o600]);
  });

  it('refuses other partitions than its folder was made with, and names both numbers', async () => {
    log = await openLmdbLog({ dir, config: LogConfig.parse({ partitions: { events: 3 } }) });
    await log.close();
    log = undefined;
    await expect(openLmdbLog({ dir })).rejects.toMatchObject({
      code: 'TRIPLINE_CONFIG_INVALID',
      message: expect.stringMatching(/log\.partitions\.events is 2, .* made with 3/),
    });
  });

  it('takes a partition that is not there, and a key that does not fit, for a mistake', async () => {
    log = await openLmdbLog({ dir });
    const append = [{ topic: 'events' as const, partition: 2, frame: Buffer.from('a') }];
    await expect(log.write({ append })).rejects.toThrow('events has a partition 2');
    await expect(log.write({ state: [{ scope: 'a\0', key: '', value: undefined }] })).rejects.toThrow('zero character');
    const state = [{ scope: 's', key: 'k'.repeat(1900), value: Buffer.from('v') }];
    await expect(log.write({ append: frames(1), state })).rejects.toThrow('at most 1900 bytes');
    expect(await log.bounds('events', 0)).toEqual({ first: 0, next: 0 });
  });
});
