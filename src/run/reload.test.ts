import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../config/config.ts';
import { policyOf } from './policy.ts';
import { followFiles } from './reload.ts';
import { openDoors } from './server.ts';
import { openTripline, type Tripline } from './tripline.ts';

const POLL = { timeout: 30_000, interval: 50 };
const silent = pino({ level: 'silent' });
let dir: string;
let tripline: Tripline;
let urls: { door: string; api: string };
/** Calls at one instant would be parallel ones. */
let clock = Date.now() - 60_000;

const file = () => join(dir, 'tripline.yaml');
const configure = (detectors: object, more: object = {}) =>
  writeFileSync(file(), stringify({ ...settings(), detect: { detectors, snapshot_ms: 1 }, ...more }));
const settings = () => ({
  data_dir: join(dir, 'data'),
  ingest: { port: 0 },
  serve: { port: 0 },
  respond: { policy_file: join(dir, 'policy.yaml') },
});
const decide = (name: string) => writeFileSync(join(dir, 'policy.yaml'), stringify({ version: 1, rules: [{ name }] }));

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tripline-reload-'));
  configure({});
  decide('before');
  const config = await loadConfig(file());
  tripline = await openTripline({ config, policy: await policyOf(config.respond), logger: silent });
  const { ingest, serve } = await openDoors(tripline);
  urls = { door: ingest.url, api: serve.url };
  followFiles(tripline, { file: file(), read: () => loadConfig(file()) });
});
afterEach(async () => {
  await tripline.close();
  rmSync(dir, { recursive: true });
});

/** The same call of a session fails `calls` times more. */
async function storm(agent_id: string, session: string, calls: number): Promise<void> {
  const events = Array.from({ length: calls }, (_, i) => ({
    event_id: randomUUID(),
    time: new Date(clock + i * 100).toISOString(),
    kind: 'tool_call',
    agent_id,
    session,
    tool_name: 'query',
    args: { table: 'orders' },
    outcome: 'error',
    error_type: 'timeout',
  }));
  clock += calls * 100;
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${urls.door}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) });
  expect(await answer.json()).toMatchObject({ accepted: calls });
  await tripline.settled();
}

async function sessions(): Promise<string[]> {
  const { items } = (await (await fetch(`${urls.api}/api/alerts`)).json()) as { items: { session: string }[] };
  return items.map(({ session }) => session).sort();
}

async function reloads(): Promise<Record<string, number>> {
  const { values } = await tripline.metrics.reloads.get();
  return Object.fromEntries(values.map(({ labels, value }) => [`${labels.part} ${labels.result}`, value]));
}

describe('a change of the configuration while Tripline runs', () => {
  it('gives a class of agents options of its own', async () => {
    // Four failures alike are a storm; three are none.
    await storm('ci-1', 'a', 3);
    await storm('bot-1', 'b', 3);
    expect(await sessions()).toEqual([]);
    configure({ 'retry-storm': { variants: [{ agents: ['ci-*'], config: { exact_calls: 3 } }] } });
    await vi.waitFor(async () => expect(await reloads()).toEqual({ 'detectors changed': 1 }), POLL);
    await storm('ci-1', 'c', 3);
    await storm('bot-1', 'd', 3);
    await storm('bot-1', 'e', 4);
    expect(await sessions()).toEqual(['c', 'e']);
  });

  it('keeps what detectors know when their options stay as they were', async () => {
    await storm('bot-1', 'a', 3);
    configure({ 'token-replay': { enabled: false } });
    await vi.waitFor(async () => expect(await reloads()).toEqual({ 'detectors changed': 1 }), POLL);
    expect(await sessions()).toEqual([]);
    // The fourth failure of the session, and the first since the change.
    await storm('bot-1', 'a', 1);
    expect(await sessions()).toEqual(['a']);
  });

  it('changes nothing, and is counted, when it cannot be used', async () => {
    configure({ 'retry-storm': { config: { exact_calls: 'three' } } });
    await vi.waitFor(async () => expect(await reloads()).toEqual({ [`${file()} refused`]: 1 }), POLL);
    await storm('bot-1', 'a', 4);
    expect(await sessions()).toEqual(['a']);
  });

  it('decides by the new policy from then on', async () => {
    const { policy_version } = tripline.respond.status();
    decide('after');
    await vi.waitFor(() => expect(tripline.respond.status().policy_version).not.toBe(policy_version), POLL);
    await storm('bot-1', 'a', 4);
    const { items } = (await (await fetch(`${urls.api}/api/revocations`)).json()) as { items: { rule: string }[] };
    expect(items.map(({ rule }) => rule)).toEqual(['after']);
    expect(await reloads()).toEqual({ 'policy changed': 1 });
  });
});
