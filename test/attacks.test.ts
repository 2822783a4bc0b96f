import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseConfig } from '../src/config/config.ts';
import { createKey, revokeKey } from '../src/ingest/keys.ts';
import type { Order } from '../src/order/order.ts';
import { loadPolicy } from '../src/respond/policy.ts';
import { openDoors } from '../src/run/server.ts';
import { openTripline, type Tripline } from '../src/run/tripline.ts';
import { openReceiver, type SandboxReceiver } from '../src/selftest/receiver.ts';

/**
 * Attempts to turn Tripline against those it guards. The whole path runs: door with keys, detection, response in mode enforce, a receiver.
 * The gateway sees every use; mallory's own SDK has a key that is bound to mallory; an older SDK has one for everybody.
 */
const POLICY = `
version: 1
defaults:
  mode: enforce
  receivers: [idp]
  caps: { producer_orders_max: 3, orders_max: 100, fleet_orders_min: 100 }
rules:
  - { name: any, target: credential, entitled_producers: [gateway, sdk] }
`;
const SECRET = 'ATTACKS_WEBHOOK_SECRET';
const POLL = { timeout: 30_000, interval: 20 };
let dir: string;
let tripline: Tripline;
let receiver: SandboxReceiver;
let door: string;
let keys: Record<'gateway' | 'mallory' | 'sdk', { key: string; id: string }>;
let orders: Order[];
let alerts: string[];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tripline-attacks-'));
  receiver = await openReceiver();
  process.env[SECRET] = receiver.secret;
  const idp = { type: 'webhook', url: receiver.url, secrets: [{ env: SECRET }], allow_private: true };
  const config = parseConfig(
    { data_dir: dir, ingest: { port: 0 }, serve: { port: 0 }, respond: { receivers: { idp } } },
    'test',
  );
  keys = {
    gateway: await createKey(dir, 'gateway'),
    mallory: await createKey(dir, 'mallory', '', ['mallory']),
    sdk: await createKey(dir, 'sdk'),
  };
  tripline = await openTripline({ config, policy: loadPolicy(POLICY), logger: pino({ level: 'silent' }) });
  door = (await openDoors(tripline)).ingest.url;
  [orders, alerts] = [[], []];
  tripline.live.listen((item) => {
    if (item.type === 'alert') alerts.push(`${item.row.detector} ${item.row.reason} ${item.row.subject}`);
    else if (item.type === 'revocation') orders.push(item.row);
  });
});
afterEach(async () => {
  await tripline.close();
  await receiver.close();
  delete process.env[SECRET];
  rmSync(dir, { recursive: true });
});

interface Answer {
  status: number;
  accepted?: number;
  rejected?: { index: number; field: string }[];
}
let sent = 0;
let clock = 0;

/** Posts events a second apart, as one producer, from a minute ago on. */
async function post(who: keyof typeof keys, ...events: object[]): Promise<Answer> {
  const body = events.map((event) => ({
    event_id: `e${sent++}`,
    time: new Date(Date.now() - 60_000 + 1000 * (clock++ % 50)).toISOString(),
    kind: 'token_use',
    outcome: 'ok',
    ...event,
  }));
  const response = await fetch(`${door}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${keys[who].key}` },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as Omit<Answer, 'status'>;
  await tripline.settled();
  await tripline.live.drained();
  return { ...answer, status: response.status };
}
const states = () => orders.map(({ state, target }) => `${state} ${target}`);
const home = { source_ip: '198.51.100.7', user_agent: 'crm-agent/1.0' };
const away = { source_ip: '203.0.113.9', user_agent: 'curl/8.9' };
const use = (credential: string, where: object, more: object = {}) => ({
  agent_id: 'victim',
  credential,
  target: 'crm',
  ...where,
  ...more,
});

describe('turning Tripline against another agent', () => {
  it('by forging its id: the key of an agent cannot speak of another one', async () => {
    const answer = await post('mallory', use('test:v', home), use('test:v', away));
    expect(answer).toMatchObject({ status: 202, accepted: 0 });
    expect(answer.rejected).toMatchObject([{ field: 'agent_id' }, { field: 'agent_id' }]);
    expect([alerts, states()]).toEqual([[], []]);
  });

  it('by speaking of its credential under the own id: evidence of who is not entitled is held', async () => {
    // A theft that never was: both places are made up.
    const claim = (where: object) => use('test:v', where, { agent_id: 'mallory' });
    await post('gateway', use('test:v', home));
    await post('mallory', claim(home), claim(away));
    expect(alerts).toEqual(['token-replay two_contexts test:v']);
    expect(states()).toEqual(['proposed test:v', 'held test:v']);
    expect(orders.at(-1)!.why).toContain('producer mallory is not entitled');
    expect(receiver.orders.size).toBe(0);
  });

  it('by address headers: what an event names in its attributes is no address', async () => {
    const spoofed = { attributes: { 'x-forwarded-for': '203.0.113.9', 'x-real-ip': '203.0.113.9' } };
    await post('gateway', use('test:v', home), use('test:v', { ...home, ...spoofed }));
    expect(alerts).toEqual([]);
  });

  it('by replaying its old token after a rotation: the old one goes, the new one stays', async () => {
    const rotated = { kind: 'lifecycle', lifecycle: 'credential_rotated', outcome: undefined, ...home };
    await post('gateway', use('test:old', home));
    await post('gateway', use('test:old', {}, { ...rotated, credential: 'test:old' }));
    await post('gateway', use('test:new', home), use('test:old', away));
    await vi.waitFor(() => expect(states()).toContain('accepted test:old'), POLL);
    expect(orders.every(({ target }) => target === 'test:old')).toBe(true);
  });

  it('is not done by its own backup that still has the token it had a moment ago, from the same place', async () => {
    const rotated = { kind: 'lifecycle', lifecycle: 'credential_rotated', outcome: undefined };
    await post('gateway', use('test:old', home), use('test:old', {}, rotated), use('test:old', home));
    expect([alerts, states()]).toEqual([[], []]);
  });

  it('by a clock that is ahead: a future end of the credential makes no honest use a late one', async () => {
    const future = new Date(Date.now() + 3_600_000).toISOString();
    await post('gateway', use('test:v', home));
    await post('sdk', use('test:v', {}, { kind: 'lifecycle', lifecycle: 'task_ended', task: 't', time: future }));
    await post('gateway', use('test:v', home));
    expect(alerts.filter((alert) => alert.startsWith('token-replay'))).toEqual([]);
    expect(states()).toEqual([]);
  });
});

describe('turning Tripline against a whole fleet', () => {
  const stolen = (i: number) => [
    use(`test:${i}`, home, { agent_id: `agent-${i}` }),
    use(`test:${i}`, away, { agent_id: `agent-${i}` }),
  ];

  it('by one producer that reports for everybody: past the cap on its word, orders are held and somebody is told', async () => {
    await post('sdk', ...Array.from({ length: 8 }, (_, i) => stolen(i)).flat());
    await vi.waitFor(() => expect(receiver.orders.size).toBe(3), POLL);
    const held = orders.filter(({ state }) => state === 'held');
    expect(held).toHaveLength(5);
    expect(held[0]!.why).toContain('producer_orders_max is 3');
    expect(alerts.filter((alert) => alert.startsWith('revocation-held cap'))).toHaveLength(1);
    // The gateway's word still counts.
    await post('gateway', ...stolen(99));
    await vi.waitFor(() => expect(states()).toContain('accepted test:99'), POLL);
  });

  it('by a stolen key: revoked, it says nothing more', async () => {
    await post('sdk', ...stolen(1));
    await vi.waitFor(() => expect(states()).toContain('accepted test:1'), POLL);
    await revokeKey(dir, keys.sdk.id);
    await vi.waitFor(async () => expect((await post('sdk')).status).toBe(401), POLL);
    expect((await post('sdk', ...stolen(2))).status).toBe(401);
    expect(orders.filter(({ target }) => target === 'test:2')).toEqual([]);
  });
});
