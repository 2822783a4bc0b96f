import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ALERT, type Alert } from '../alert/alert.ts';
import type { AgentEvent } from '../event/event.ts';
import { copyRow, Frame, rowsOf } from '../event/frame/index.ts';
import { LogConfig } from '../log/config.ts';
import { openLmdbLog } from '../log/lmdb/lmdb-log.ts';
import type { Log, Topic } from '../log/log.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { DetectConfig } from './config.ts';
import { busy, event, FIXTURES, record, stuck } from './fixtures.ts';
import { startDetect } from './start.ts';

const BYTES_MAX = 1 << 30;

describe('startDetect on the log of one machine', () => {
  let dir: string;
  let log: Log;
  let metrics: ReturnType<typeof createMetrics>;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tripline-detect-'));
    metrics = createMetrics();
    await openLog();
  });
  afterEach(async () => {
    await log.close();
    await rm(dir, { recursive: true, force: true });
  });

  async function openLog() {
    log = await openLmdbLog({ dir, config: LogConfig.parse({ tick_ms: 5, partitions: { alerts: 2 } }) });
  }
  async function append(topic: Topic, partition: number, ...rows: Partial<AgentEvent>[]) {
    await log.write({ append: [{ topic, partition, frame: record(0, 0, rows.map(event)).frame }] });
  }
  const start = (config: object = {}, detectors = FIXTURES) =>
    startDetect({ log, detectors, config: DetectConfig.parse(config), metrics, logger: pino({ level: 'silent' }) });
  async function alerts(): Promise<Alert[]> {
    const found: Alert[] = [];
    for (const partition of [0, 1]) {
      for (const { frame } of await log.read('alerts', partition, 0, BYTES_MAX)) {
        const cursor = rowsOf(ALERT, Frame.decode(frame));
        for (let i = 0; i < cursor.length; i++) found.push(copyRow(ALERT, cursor.seek(i)));
      }
    }
    return found;
  }
  const metric = async (name: string) => (await metrics.registry.getSingleMetric(`tripline_${name}`)!.get()).values;

  const NOW = Date.now();
  const failed = (id: number, agent_id = 'a'): Partial<AgentEvent> => ({
    event_id: `e${id}`,
    time: NOW + id,
    agent_id,
    outcome: 'error',
    tool_name: 'tool',
  });

  it('makes alerts durable, measures them, and carries its windows over a restart', async () => {
    let detect = await start();
    await append('events', 0, failed(1), failed(2));
    await append('events', 1, failed(3, 'other'));
    await detect.drained();
    expect(await alerts()).toEqual([]);
    await detect.close();
    await log.close();

    await openLog();
    detect = await start();
    await append('events', 0, failed(4));
    await detect.drained();
    const found = await alerts();
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ detector: 'busy', subject: 'a', observed: 3, log_topic: 'events', log_offset: 1 });
    expect(found[0]!.detected).toBeGreaterThanOrEqual(Math.floor(found[0]!.appended));
    expect(detect.lag()).toBe(0);
    expect(detect.health()).toEqual({ status: 'ok', failing: [] });
    expect(await metric('alerts_total')).toMatchObject([{ labels: { detector: 'busy', severity: 'high' }, value: 1 }]);
    const latency = await metric('event_to_alert_ms');
    expect(latency.find((v) => 'metricName' in v && String(v.metricName).endsWith('_count'))?.value).toBe(1);
    await detect.close();
    expect((await metric('operator_keys')).find(({ labels }) => labels.operator === 'errors')?.value).toBe(2);
    expect(await log.committed('detect', 'events', 0)).toBe(2);
  });

  it('feeds detectors by their key: uses of a credential come from the credentials topic', async () => {
    const byCredential = {
      ...busy,
      id: 'busy-credential',
      key: 'credential' as const,
    } as unknown as (typeof FIXTURES)[number];
    const detect = await start({}, [byCredential]);
    await append('events', 0, failed(1), failed(2), failed(3));
    await append('credentials', 0, failed(1), failed(2), failed(3));
    await detect.drained();
    expect((await alerts()).map((alert) => alert.log_topic)).toEqual(['credentials']);
    await detect.close();
  });

  it('raises an absence while the log is silent, once, also after a restart', async () => {
    const quick = [stuck];
    let clock = NOW;
    await log.close();
    const config = LogConfig.parse({ tick_ms: 5, partitions: { alerts: 2 } });
    log = await openLmdbLog({ dir, config, clock: () => clock });
    let detect = await start({}, quick);
    await append('events', 0, {
      event_id: 'e1',
      time: NOW,
      agent_id: 'a',
      task: 't',
      kind: 'lifecycle',
      lifecycle: 'task_started',
    });
    await detect.drained();
    clock = NOW + 3_001;
    await expect.poll(alerts, { timeout: 20_000 }).toHaveLength(1);
    await detect.close();
    await log.close();

    clock = NOW + 10_000;
    log = await openLmdbLog({ dir, config, clock: () => clock });
    detect = await start({}, quick);
    await append('events', 0, { event_id: 'e2', time: NOW + 9_000, agent_id: 'b' });
    await detect.drained();
    await detect.close();
    expect((await alerts()).map((alert) => [alert.reason, alert.event_ids])).toEqual([['no_end', ['e1']]]);
  });

  it('turns red when a detector throws, and stays up', async () => {
    const detect = await start();
    await append('events', 0, { ...failed(1), tool_name: 'boom' }, failed(2), failed(3));
    await detect.drained();
    expect(detect.health()).toMatchObject({
      status: 'degraded',
      failing: [{ detector: 'busy', failures: 1, error: 'Error: boom' }],
    });
    expect((await alerts()).map((alert) => alert.detector).sort()).toEqual(['busy', 'detector-health']);
    expect(await metric('detector_failures_total')).toMatchObject([{ labels: { detector: 'busy' }, value: 1 }]);
    await detect.close();
  });

  it('refuses to start with a detector that nobody knows', async () => {
    await expect(start({ detectors: { nobody: {} } })).rejects.toMatchObject({ code: 'TRIPLINE_CONFIG_INVALID' });
  });
});
