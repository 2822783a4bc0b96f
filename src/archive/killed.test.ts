import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pino } from 'pino';
import { afterAll, expect, it } from 'vitest';
import { Frame } from '../event/frame/index.ts';
import { openLmdbLog } from '../log/lmdb/lmdb-log.ts';
import type { Log } from '../log/log.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { migrate, openChdbStore } from '../store/index.ts';
import { startArchive } from './archive.ts';
import { ArchiveConfig } from './config.ts';

const dir = mkdtempSync(join(tmpdir(), 'tripline-killed-'));
afterAll(() => rmSync(dir, { recursive: true }));

const url = (path: string) => JSON.stringify(new URL(path, import.meta.url));

/** A process that appends events to a log and archives them, and prints each event that is durable. */
const SCRIPT = `
  import { pino } from 'pino';
  import { EVENT } from ${url('../event/event.ts')};
  import { encodeFrame } from ${url('../event/frame/index.ts')};
  import { openLmdbLog } from ${url('../log/lmdb/lmdb-log.ts')};
  import { createMetrics } from ${url('../metrics/metrics.ts')};
  import { migrate, openChdbStore } from ${url('../store/index.ts')};
  import { ArchiveConfig, startArchive } from ${url('./index.ts')};
  const [dir, round] = process.argv.slice(1);
  const log = await openLmdbLog({ dir: dir + '/log' });
  const store = await openChdbStore({ dir: dir + '/store' });
  await migrate(store);
  const config = ArchiveConfig.parse({ rows_max: 7, block_ms: 1 });
  await startArchive({ log, store, config, metrics: createMetrics(), logger: pino({ level: 'silent' }) });
  for (let i = 0; ; i++) {
    const event_id = round + '/' + i;
    const frame = encodeFrame(EVENT.columns, [{ event_id, received: Date.now() }]);
    await log.write({ append: [{ topic: 'events', partition: i % 2, frame }] });
    console.log(event_id);
  }`;

async function run(round: number, lines: number): Promise<string[]> {
  const args = ['--import', 'tsx', '--input-type=module', '-e', SCRIPT, dir, String(round)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const seen: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    seen.push(line);
    if (seen.length === lines) child.kill('SIGKILL');
  }
  return seen;
}

async function idsInLog(log: Log): Promise<string[]> {
  const ids: string[] = [];
  for (let partition = 0; partition < log.partitions('events'); partition++) {
    const { first, next } = await log.bounds('events', partition);
    for (let at = first; at < next; ) {
      const records = await log.read('events', partition, at, 1 << 20);
      for (const { frame } of records) ids.push(...Frame.decode(frame).column('event_id', 'String'));
      at = records.at(-1)!.offset + 1;
    }
  }
  return ids.sort();
}

it('puts every event into the store once, however often its process is killed', async () => {
  const durable: string[] = [];
  for (const [round, lines] of [3, 40, 150, 400, 77].entries()) durable.push(...(await run(round, lines)));

  const log = await openLmdbLog({ dir: join(dir, 'log') });
  const store = await openChdbStore({ dir: join(dir, 'store') });
  await migrate(store);
  const metrics = createMetrics();
  const logger = pino({ level: 'silent' });
  const archive = await startArchive({ log, store, config: ArchiveConfig.parse({}), metrics, logger });
  await archive.drained();
  const rows = await store.query<{ event_id: string }>('SELECT event_id FROM events');
  const stored = rows.map(({ event_id }) => event_id).sort();
  const logged = await idsInLog(log);
  await archive.close();
  await store.close();
  await log.close();

  expect(stored).toEqual(logged);
  expect(new Set(stored).size).toBe(stored.length);
  expect(durable.filter((id) => !new Set(stored).has(id))).toEqual([]);
  expect(stored.length).toBeGreaterThanOrEqual(670);
});
