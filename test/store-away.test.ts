import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parseConfig } from '../src/config/config.ts';
import { loadPolicy } from '../src/respond/policy.ts';
import { openDoors } from '../src/run/server.ts';
import { openTripline, type Tripline } from '../src/run/tripline.ts';
import { openReceiver, type SandboxReceiver } from '../src/selftest/receiver.ts';
import { type ClickHouseServer, startClickHouse } from './support/clickhouse.ts';
import { postStorm } from './support/storm.ts';

const SECRET = 'STORE_AWAY_WEBHOOK_SECRET';
const PASSWORD = 'STORE_AWAY_CLICKHOUSE_PASSWORD';
const POLICY = 'version: 1\nrules:\n  - { name: act, mode: enforce, receivers: [idp], target: credential }\n';
const dir = mkdtempSync(join(tmpdir(), 'tripline-store-away-'));
const POLL = { timeout: 30_000, interval: 50 };
let clickhouse: ClickHouseServer;
let receiver: SandboxReceiver;
let tripline: Tripline;
let urls: { door: string; api: string };

beforeAll(async () => {
  clickhouse = await startClickHouse();
  receiver = await openReceiver();
  Object.assign(process.env, { [SECRET]: receiver.secret, [PASSWORD]: clickhouse.password });
  await clickhouse.down();
  const idp = { type: 'webhook', url: receiver.url, secrets: [{ env: SECRET }], allow_private: true };
  const server = { url: clickhouse.url, user: clickhouse.user, password: { env: PASSWORD }, database: 'default' };
  const config = parseConfig(
    {
      data_dir: dir,
      ingest: { port: 0 },
      serve: { port: 0 },
      respond: { receivers: { idp } },
      store: { clickhouse: server },
      archive: { retry_ms_max: 200 },
    },
    'test',
  );
  tripline = await openTripline({ config, policy: loadPolicy(POLICY), logger: pino({ level: 'silent' }) });
  const { ingest, serve } = await openDoors(tripline);
  urls = { door: ingest.url, api: serve.url };
}, 60_000);
afterAll(async () => {
  await tripline.close();
  await receiver.close();
  await clickhouse.close();
  rmSync(dir, { recursive: true });
});

const storm = async (agent_id: string) => expect(await postStorm(urls.door, agent_id)).toBe(202);
const agentsIn = async (path: string) => {
  const answer = await fetch(`${urls.api}${path}`);
  const { items = [] } = (await answer.json()) as { items?: { agent_id: string }[] };
  return items.map(({ agent_id }) => agent_id).sort();
};
const health = async () =>
  (await (await fetch(`${urls.api}/api/health`)).json()) as { archive: { lag_records: number; stalled_ms: number } };

it('detects and revokes while its ClickHouse is away from the start and again later, and catches up by itself', {
  timeout: 120_000,
}, async () => {
  await storm('one');
  await vi.waitFor(() => expect(tripline.respond.status().orders).toEqual({ accepted: 1 }), POLL);
  expect((await fetch(`${urls.api}/api/alerts`)).status).toBe(503);
  await vi.waitFor(async () => expect((await health()).archive.stalled_ms).toBeGreaterThan(0), POLL);
  expect((await health()).archive.lag_records).toBeGreaterThan(0);

  await clickhouse.up();
  await vi.waitFor(async () => expect(await agentsIn('/api/alerts')).toEqual(['one']), POLL);

  await clickhouse.down();
  await storm('two');
  await vi.waitFor(() => expect(tripline.respond.status().orders).toEqual({ accepted: 2 }), POLL);
  clickhouse.faults.push('fail_after', 'cut_after');
  await clickhouse.up();
  await vi.waitFor(async () => expect(await agentsIn('/api/revocations')).toEqual(['one', 'two']), POLL);
  await tripline.archive.drained();
  expect((await health()).archive).toMatchObject({ lag_records: 0, stalled_ms: 0 });
  const stored = await agentsIn('/api/agents/two/timeline?kind=tool_call');
  expect(stored).toHaveLength(4);
  expect(await tripline.store.query('SELECT count() AS n FROM alerts')).toEqual([{ n: 2 }]);
});
