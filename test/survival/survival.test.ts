import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { PostedEvent } from '../../src/event/event.ts';
import { Frame } from '../../src/event/frame/index.ts';
import { openLmdbLog } from '../../src/log/lmdb/lmdb-log.ts';
import { type Running, startTripline } from '../support/process.ts';
import { fleetBatches, numbers, STORMS } from './load.ts';
import { startReceiver } from './receiver.ts';

const KILLS = 20;
const SEED = 20261126;
const SECRET = `whsec_${Buffer.from('a secret of the survival test 32').toString('base64')}`;
const ENV = { TRIPLINE_TEST_SECRET: SECRET };
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

/** Plays the whole load, killing the process at some point while the batches of `moments` are on their way. */
async function run(moments: ReadonlySet<number>) {
  const folder = await mkdtemp(join(tmpdir(), 'tripline-survival-'));
  folders.push(folder);
  const receiver = await startReceiver(SECRET);
  const config = await configure(folder, receiver.url);
  const random = numbers(SEED + 1);
  let tripline = await startTripline(config, ENV);
  let kills = 0;
  for (const [i, batch] of batches.entries()) {
    if (moments.has(i)) {
      const answer = post(tripline, batch).catch(() => 'died');
      await delay(random() * 30);
      await tripline.kill();
      await answer;
      kills += 1;
      tripline = await startTripline(config, ENV);
    }
    await post(tripline, batch);
  }
  await settled(tripline);
  const alerts = await idsOf(tripline, '/api/alerts', 'alert_id');
  const agents = [...new Set(batches.flat().map((event) => event.agent_id!))];
  const stored: string[] = [];
  for (const agent of agents)
    stored.push(...(await idsOf(tripline, `/api/agents/${agent}/timeline`, 'event_id', '&kind=tool_call')));
  expect(await tripline.stop()).toBe(0);
  await receiver.close();
  return {
    kills,
    alerts: alerts.sort(),
    stored,
    logged: await loggedIds(folder),
    targets: receiver.targets,
    refused: receiver.refused(),
  };
}

async function configure(folder: string, url: string): Promise<string> {
  const policy_file = join(folder, 'policy.yaml');
  const rules = [
    {
      name: 'storms',
      match: { detector: 'retry-storm' },
      mode: 'enforce',
      action: 'revoke',
      target: 'credential',
      receivers: ['idp'],
    },
  ];
  await writeFile(policy_file, stringify({ version: 1, rules }));
  const config = join(folder, 'tripline.yaml');
  const idp = { type: 'webhook', url, secrets: [{ env: 'TRIPLINE_TEST_SECRET' }], allow_private: true };
  await writeFile(
    config,
    stringify({
      data_dir: join(folder, 'data'),
      ingest: { port: 0 },
      serve: { port: 0 },
      archive: { block_ms: 200 },
      respond: { policy_file, receivers: { idp } },
    }),
  );
  return config;
}

/** Posts until it is answered 202, as a sender would. */
async function post(tripline: Running, batch: readonly PostedEvent[]): Promise<void> {
  const response = await fetch(`${tripline.ingest}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(batch),
  });
  const answer = (await response.json()) as { accepted: number; duplicates: number };
  expect(response.status).toBe(202);
  expect(answer.accepted + answer.duplicates).toBe(batch.length);
}

async function settled({ api }: Running): Promise<void> {
  type Health = Record<'detect' | 'respond' | 'archive', { lag_records: number }> & {
    respond: { orders: Record<string, number> };
  };
  for (let quiet = 0; quiet < 3; ) {
    const health = (await (await fetch(`${api}/api/health`)).json()) as Health;
    const open = health.respond.orders.sent ?? 0;
    const busy = open + health.detect.lag_records + health.respond.lag_records + health.archive.lag_records;
    quiet = busy === 0 ? quiet + 1 : 0;
    await delay(200);
  }
}

async function idsOf({ api }: Running, path: string, id: string, more = ''): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = ''; ; ) {
    const page = (await (await fetch(`${api}${path}?limit=200${more}${cursor && `&cursor=${cursor}`}`)).json()) as {
      items: Record<string, string>[];
      next_cursor?: string;
    };
    ids.push(...page.items.map((item) => item[id]!));
    if (page.next_cursor === undefined) return ids;
    cursor = page.next_cursor;
  }
}

/** Event ids in the log, read from its own files. */
async function loggedIds(folder: string): Promise<string[]> {
  const log = await openLmdbLog({ dir: join(folder, 'data', 'log') });
  const ids: string[] = [];
  try {
    for (let partition = 0; partition < log.partitions('events'); partition++) {
      const { first, next } = await log.bounds('events', partition);
      for (let offset = first; offset < next; ) {
        const records = await log.read('events', partition, offset, 1 << 20);
        for (const record of records) {
          const frame = Frame.decode(record.frame);
          const kinds = frame.column('kind') as string[];
          ids.push(...(frame.column('event_id') as string[]).filter((_, i) => kinds[i] === 'tool_call'));
        }
        offset = records.at(-1)!.offset + 1;
      }
    }
  } finally {
    await log.close();
  }
  return ids;
}
