import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseConfig } from '../config/config.ts';
import { policyOf } from '../run/policy.ts';
import { openDoors } from '../run/server.ts';
import { openTripline, type Tripline } from '../run/tripline.ts';
import { iso, T } from './testing/api.ts';

const dir = mkdtempSync(join(tmpdir(), 'tripline-running-'));
let tripline: Tripline;
let door: string;
let api: string;

/** Four calls that fail alike are a storm; then a fifth one, one that was sent before, one in the past, and one that is none. */
const call = (i: number, over: object = {}) => ({
  event_id: `e${i}`,
  time: iso(T + i * 100),
  kind: 'tool_call',
  agent_id: 'agent/1',
  session: 's',
  tool_name: 'query',
  args: { table: 'orders' },
  outcome: 'error',
  error_type: 'timeout',
  ...over,
});
const EVENTS = [
  ...[0, 1, 2, 3, 4].map((i) => call(i)),
  call(0),
  call(9, { time: iso(T - 20 * 60_000) }),
  call(10, { kind: 'tool_cal' }),
];

beforeAll(async () => {
  const config = parseConfig(
    { data_dir: dir, ingest: { port: 0 }, serve: { port: 0 }, detect: { snapshot_ms: 1 } },
    'test',
  );
  const logger = pino({ level: 'silent' });
  tripline = await openTripline({ config, policy: await policyOf(config.respond), logger });
  const doors = await openDoors(tripline);
  [door, api] = [doors.ingest.url, doors.serve.url];
  const headers = { 'content-type': 'application/json' };
  // One after the other, so that the newest time is known before the late one comes.
  for (const event of EVENTS)
    await fetch(`${door}/v1/events`, { method: 'POST', headers, body: JSON.stringify(event) });
  await tripline.settled();
  // Gaps are written with the next state, which may come after the last event.
  await vi.waitFor(async () => expect((await get('/api/gaps')).items).not.toEqual([]), { timeout: 30_000 });
});
afterAll(async () => {
  await tripline.close();
  rmSync(dir, { recursive: true });
});

const get = async (path: string) => (await (await fetch(api + path)).json()) as Record<string, unknown>;

/** Samples of the Prometheus text format by name and labels. Throws where a line is neither a sample nor a comment. */
function samples(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of text.trimEnd().split('\n')) {
    if (line === '' || /^# (HELP|TYPE) tripline_\w+ /.test(line)) continue;
    const [, name, value] = /^(\w+(?:\{(?:\w+="(?:[^"\\]|\\.)*",?)*\})?) (\S+)$/.exec(line) ?? [];
    if (name === undefined || Number.isNaN(Number(value))) throw new Error(`Not a sample: ${line}`);
    found.set(name, Number(value));
  }
  return found;
}

describe('/metrics', () => {
  it('counts what came in, what was refused, repeated and late, and what came of it', async () => {
    const answer = await fetch(`${api}/metrics`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const found = samples(await answer.text());
    const expected: Record<string, number> = {
      'tripline_events_accepted_total{door="events"}': 6,
      'tripline_events_rejected_total{door="events",field="kind"}': 1,
      'tripline_events_duplicate_total{door="events"}': 1,
      'tripline_events_late_total{detector="retry-storm"}': 1,
      'tripline_alerts_total{detector="retry-storm",severity="medium"}': 1,
      'tripline_event_to_alert_ms_count{detector="retry-storm"}': 1,
      'tripline_event_to_alert_ms_bucket{le="+Inf",detector="retry-storm"}': 1,
      'tripline_orders_total{state="observed",receiver=""}': 1,
      'tripline_store_rows_total{table="events"}': 6,
    };
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, found.get(name)]))).toEqual(expected);
    const named = (name: string) => [...found.keys()].filter((key) => key.startsWith(`tripline_${name}{`));
    expect(named('operator_keys').some((key) => key.includes('detector="retry-storm"'))).toBe(true);
    expect(named('watermark_lag_ms').length).toBeGreaterThan(0);
    for (const gauge of ['tripline_log_bytes', 'tripline_store_bytes', 'tripline_streams_open'])
      expect(found.has(gauge), gauge).toBe(true);
  });

  it('says what it will count before there was any', async () => {
    const text = await (await fetch(`${api}/metrics`)).text();
    for (const [name, type] of [
      ['events_accepted_total', 'counter'],
      ['events_late_total', 'counter'],
      ['watermark_lag_ms', 'gauge'],
      ['operator_keys', 'gauge'],
      ['operator_evictions_total', 'counter'],
      ['alerts_total', 'counter'],
      ['orders_total', 'counter'],
      ['event_to_alert_ms', 'histogram'],
      ['event_to_order_ms', 'histogram'],
      ['order_to_confirmed_ms', 'histogram'],
      ['streams_dropped_total', 'counter'],
      ['log_bytes', 'gauge'],
      ['store_bytes', 'gauge'],
    ])
      expect(text).toContain(`# TYPE tripline_${name} ${type}\n`);
  });
});

describe('the API of a running Tripline', () => {
  it('leads from an alert to its evidence, its order, its agent and back', async () => {
    const [alert] = (await get('/api/alerts')).items as Record<string, string>[];
    expect(alert).toMatchObject({ detector: 'retry-storm', agent_id: 'agent/1', session: 's', time: iso(T + 300) });
    const whole = await get(`/api/alerts/${alert?.alert_id}`);
    expect(whole).toMatchObject({
      events_missing: [],
      revocations: [{ state: 'observed', alert_id: alert?.alert_id }],
    });
    expect((whole.events as { event_id: string }[]).map(({ event_id }) => event_id)).toEqual(['e0', 'e1', 'e2', 'e3']);
    expect((await get('/api/revocations')).items).toMatchObject([{ state: 'observed', alert_id: alert?.alert_id }]);
    const timeline = await get('/api/agents/agent%2F1/timeline');
    expect((timeline.items as { event_id: string }[]).map(({ event_id }) => event_id)).toEqual([
      'e4',
      'e3',
      'e2',
      'e1',
      'e0',
      'e9',
    ]);
  });

  it('shows what was refused, and what detectors did not see', async () => {
    expect((await get('/api/rejects')).items).toMatchObject([
      { producer: 'local', door: 'events', field: 'kind', got: 'tool_cal' },
    ]);
    const gaps = (await get('/api/gaps?detector=retry-storm')).items;
    const late = iso(T - 20 * 60_000);
    expect(gaps).toMatchObject([{ reason: 'late', events: 1, time_from: late, time_to: late, producer: 'local' }]);
  });

  it('is healthy', async () => {
    expect(await get('/api/health')).toMatchObject({
      status: 'ok',
      detect: { status: 'ok', lag_records: 0 },
      respond: { lag_records: 0, orders: { observed: 1 } },
      archive: { status: 'ok', lag_records: 0 },
    });
    expect((await fetch(`${api}/readyz`)).status).toBe(200);
  });
});
