import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import type { PostedEvent } from '../../src/event/event.ts';
import { Frame } from '../../src/event/frame/index.ts';
import type { LogConfigInput } from '../../src/log/config.ts';
import type { Log } from '../../src/log/log.ts';
import { type Running, startTripline } from '../support/process.ts';
import { numbers } from './load.ts';
import { startReceiver } from './receiver.ts';

const SECRET = `whsec_${Buffer.from('a secret of the survival test 32').toString('base64')}`;
const ENV = { TRIPLINE_TEST_SECRET: SECRET };

export interface PlayOptions {
  folder: string;
  /** The section of the configuration. */
  log: LogConfigInput;
  /** The log that the process has left. */
  openLog(): Promise<Log>;
}

/** Plays the whole load, killing the process at some point while the batches of `moments` are on their way. */
export async function play(
  batches: readonly PostedEvent[][],
  moments: ReadonlySet<number>,
  seed: number,
  options: PlayOptions,
) {
  const { folder, log } = options;
  const receiver = await startReceiver(SECRET);
  const config = await configure(folder, receiver.url, log);
  const random = numbers(seed + 1);
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
    logged: await loggedIds(await options.openLog()),
    targets: receiver.targets,
    refused: receiver.refused(),
  };
}

async function configure(folder: string, url: string, log: LogConfigInput): Promise<string> {
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
      log,
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

/** Event ids in the log. Closes it. */
async function loggedIds(log: Log): Promise<string[]> {
  const ids: string[] = [];
  try {
    for (let partition = 0; partition < log.partitions('events'); partition++) {
      const { first, next } = await log.bounds('events', partition);
      for (let offset = first; offset < next; ) {
        const records = await log.read('events', partition, offset, 1 << 20);
        if (records.length === 0) break;
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
