import { filter, map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { detector } from './detector.ts';
import { runDetector } from './testing.ts';

const failures = detector({
  id: 'failures',
  version: 3,
  meta: {
    title: 'Failures',
    maturity: 'stable',
    severity: 'high',
    detects: 'Failures in a row.',
    misses: [],
    false_positives: [],
    triage: [],
    attack: [],
    atlas: [],
    asi: [],
    nhi: [],
    safe_mcp: [],
  },
  config: z.strictObject({ failures_max: z.int().default(2), window_ms: z.int().default(10_000) }),
  key: 'agent',
  columns: ['agent_id', 'outcome'],
  detect: (config, windows) => {
    const counts = windows.slidingCount({ name: 'failures', window_ms: config.window_ms });
    return (events) =>
      events.pipe(
        filter((event) => event.outcome === 'error'),
        map((event) => ({ event, n: counts.add(event.agent_id, event.time) })),
        filter(({ n }) => n > config.failures_max),
        map(({ event, n }) => ({
          reason: 'failed',
          subject_kind: 'agent' as const,
          subject: event.agent_id,
          confidence: 0.9,
          summary: `${n} failures`,
          event_ids: [event.event_id],
          window_from: event.time - config.window_ms,
          window_to: event.time,
          threshold_name: 'failures_max',
          threshold: config.failures_max,
          observed: n,
        })),
      );
  },
});

const event = (time: number, outcome: string) => ({ time, outcome, agent_id: 'a', tool_name: 't' });

describe('runDetector', () => {
  it('turns a finding into an alert with the facts of the event that crossed the threshold', () => {
    const events = [event(1_000, 'error'), event(2_000, 'ok'), event(3_000, 'error'), event(4_000, 'error')];
    const alerts = runDetector(failures, {}, events);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({
      time: 4_000,
      tenant: 'default',
      detector: 'failures',
      maturity: 'stable',
      severity: 'high',
      subject_kind: 'agent',
      subject: 'a',
      agent_id: 'a',
      event_ids: ['e4'],
      producers: ['test'],
      observed: 3,
      log_topic: 'events',
      log_offset: 3,
      appended: 4_000,
    });
    expect(alerts[0]?.alert_id).toMatch(/^[0-9a-f]{32}$/);
    expect(alerts[0]?.detector_version).toMatch(/^3-[0-9a-f]{8}$/);
  });

  it('stays quiet one event before the threshold', () => {
    expect(runDetector(failures, {}, [event(1_000, 'error'), event(3_000, 'error')])).toEqual([]);
  });

  it('gives the same ids again, and others for another configuration', () => {
    const events = [1, 2, 3].map((i) => event(i * 1_000, 'error'));
    const ids = (config: object) => runDetector(failures, config, events).map((alert) => alert.alert_id);
    expect(ids({})).toEqual(ids({}));
    expect(ids({ window_ms: 20_000 })).not.toEqual(ids({}));
  });

  it('throws what the detector throws', () => {
    const broken = {
      ...failures,
      detect: () =>
        map<unknown, never>(() => {
          throw new Error('broken');
        }),
    };
    expect(() => runDetector(broken, {}, [event(1_000, 'ok')])).toThrow('broken');
  });
});
