import { map, mergeMap, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { AgentEvent } from '../event/event.ts';
import type { LogRecord } from '../log/log.ts';
import { DetectConfig, prepareDetectors } from './config.ts';
import { type Detector, detector } from './detector.ts';
import { busy, event, FIXTURES, finding, META, novice, record } from './fixtures.ts';
import { createPipeline } from './runtime.ts';

const NOW = 1_750_000_000_000;
const TEN_YEARS_MS = 10 * 365 * 86_400_000;

/** Reports every event that it sees, with how many it has seen. */
const seen = detector({
  id: 'seen',
  version: 1,
  meta: META,
  config: z.strictObject({}),
  key: 'agent',
  columns: [],
  detect(_, windows) {
    const counts = windows.cell<number>({ name: 'counts' });
    return (events) =>
      events.pipe(
        map((event) => {
          const n = (counts.get('all') ?? 0) + 1;
          counts.set('all', event.time, n);
          return finding('seen', event, [], n);
        }),
      );
  },
});

function pipelineOf(detectors: readonly Detector[], config: object = {}, topic: 'events' | 'credentials' = 'events') {
  const failures: [string, unknown][] = [];
  const pipeline = createPipeline({
    topic,
    partition: 3,
    detectors: prepareDetectors(detectors, {}),
    config: DetectConfig.parse(config),
    now: () => 42,
    onFailure: (id, error) => failures.push([id, error]),
  });
  let offset = 0;
  return {
    pipeline,
    failures,
    give(appended: number, ...rows: Partial<AgentEvent>[]) {
      pipeline.process(record(offset++, appended, rows.map(event)));
    },
  };
}

const summary = (alert: { detector: string; reason: string; subject: string; time: number }) =>
  `${alert.detector} ${alert.reason} ${alert.subject} ${alert.time}`;

describe('time', () => {
  it('does not let an event ten years ahead make anything late, and names its producer once an hour', () => {
    const { pipeline, give } = pipelineOf([seen]);
    give(NOW, { event_id: 'e1', time: NOW - 5, agent_id: 'a' });
    give(NOW + 10.5, { event_id: 'e2', time: NOW + TEN_YEARS_MS, agent_id: 'a', producer: 'skewed' });
    give(NOW + 20, { event_id: 'e3', time: NOW + TEN_YEARS_MS, agent_id: 'a', producer: 'skewed' });
    give(NOW + 30, { event_id: 'e4', time: NOW, agent_id: 'a', producer: 'skewed' });
    give(NOW + 40, { event_id: 'e5', time: NOW, agent_id: 'a' });
    give(NOW + 3_600_011, {
      event_id: 'e6',
      time: NOW + 3_600_010,
      agent_id: 'a',
      producer: 'skewed',
      marks: ['clock_skew'],
    });
    const { alerts, gaps } = pipeline.take();
    expect(alerts.map(summary)).toEqual([
      `seen seen a ${NOW - 5}`,
      `clock-skew future_time skewed ${NOW + 10}`,
      `seen seen a ${NOW + 10}`,
      `seen seen a ${NOW + 20}`,
      `seen seen a ${NOW}`,
      `seen seen a ${NOW}`,
      `clock-skew future_time skewed ${NOW + 3_600_010}`,
      `seen seen a ${NOW + 3_600_010}`,
    ]);
    expect(gaps).toEqual([]);
    const skew = alerts[1]!;
    expect(skew).toMatchObject({
      maturity: 'sandbox',
      severity: 'medium',
      subject_kind: 'producer',
      event_ids: ['e2'],
    });
  });

  it('speaks of a skewed producer on the events topic only: every event is there', () => {
    const { pipeline, give } = pipelineOf([], {}, 'credentials');
    give(NOW, { event_id: 'e1', time: NOW, marks: ['clock_skew'] });
    expect(pipeline.take().alerts).toEqual([]);
  });

  it('counts an event as late against its own producer alone, past the allowed lateness and not at it', () => {
    const { pipeline, give } = pipelineOf([seen], { lateness_max_ms: 1_000 });
    give(NOW, { event_id: 'e1', time: NOW, agent_id: 'a', producer: 'live' });
    give(NOW + 1, { event_id: 'e2', time: NOW - 1_000, agent_id: 'a', producer: 'live' });
    give(NOW + 2, { event_id: 'e3', time: NOW - 1_001, agent_id: 'b', producer: 'live', tenant: 't' });
    give(NOW + 3, { event_id: 'e4', time: NOW - 1_500, agent_id: 'b', producer: 'live', tenant: 't' });
    give(NOW + 4, { event_id: 'e5', time: NOW - 900_000, agent_id: 'a', producer: 'audit' });
    const { alerts, gaps, tally } = pipeline.take();
    expect(alerts.map((alert) => alert.event_ids[0])).toEqual(['e1', 'e2', 'e5']);
    expect(gaps).toEqual([
      {
        recorded: 42,
        tenant: 't',
        producer: 'live',
        detector: 'seen',
        reason: 'late',
        time_from: NOW - 1_500,
        time_to: NOW - 1_001,
        events: 2,
      },
    ]);
    expect([...tally.late.values()]).toEqual([{ labels: ['seen'], n: 2 }]);
  });

  it('judges what is read again before the restored state with watermarks of its own', () => {
    const first = pipelineOf([seen], { lateness_max_ms: 1_000 });
    first.give(NOW, { event_id: 'e1', time: NOW, agent_id: 'a' });
    first.give(NOW + 9_000, { event_id: 'e2', time: NOW + 9_000, agent_id: 'a' });
    const state = Array.from(first.pipeline.self.windows.changes(), ({ key, value }) => [key, value!] as const);

    const second = pipelineOf([seen], { lateness_max_ms: 1_000 });
    second.pipeline.self.windows.restore(state);
    second.pipeline.feedFrom(new Map([[second.pipeline.self, 2]]), 0);
    second.give(NOW, { event_id: 'e1', time: NOW, agent_id: 'a' });
    second.give(NOW + 9_000, { event_id: 'e2', time: NOW + 9_000, agent_id: 'a' });
    second.give(NOW + 9_001, { event_id: 'e3', time: NOW + 7_000, agent_id: 'a' });
    const { alerts, gaps } = second.pipeline.take();
    expect(alerts.map((alert) => alert.event_ids[0])).toEqual(['e1', 'e2']);
    expect(gaps.map((gap) => gap.events)).toEqual([1]);
  });

  it('raises an absence on a tick with no event after it, and the same one when the log is read again', () => {
    const run = (
      ...rest: ((
        give: (appended: number, ...rows: Partial<AgentEvent>[]) => void,
        tick: (now: number) => void,
      ) => void)[]
    ) => {
      const { pipeline, give } = pipelineOf(FIXTURES);
      give(NOW, {
        event_id: 'e1',
        time: NOW - 100,
        agent_id: 'a',
        task: 't',
        kind: 'lifecycle',
        lifecycle: 'task_started',
      });
      for (const step of rest) step(give, (now) => pipeline.tick(now));
      return pipeline.take().alerts;
    };
    const next = (give: (appended: number, row: Partial<AgentEvent>) => void) =>
      give(NOW + 60_000, { event_id: 'e2', time: NOW + 60_000, agent_id: 'b' });
    expect(run((_, tick) => tick(NOW + 2_999))).toEqual([]);
    const live = run((_, tick) => tick(NOW + 3_000));
    expect(live.map(summary)).toEqual([`stuck no_end a ${NOW - 100}`]);
    expect(live[0]).toMatchObject({
      task: 't',
      event_ids: ['e1'],
      log_offset: 0,
      appended: NOW + 3_000,
      producers: [],
    });
    expect(
      run(
        (_, tick) => tick(NOW + 1_000),
        (_, tick) => tick(NOW + 30_000),
        next,
      ),
    ).toEqual(live);
    expect(run(next)).toEqual(live);
  });
});

describe('a detector that throws', () => {
  const boom = (id: string) => ({ event_id: id, agent_id: 'a', outcome: 'error', tool_name: 'boom' });
  const error = (id: string) => ({ event_id: id, agent_id: 'a', outcome: 'error', tool_name: 'tool' });

  it('is alone in that: it is counted, told of, recorded as a gap, and goes on with its windows as they were', () => {
    const { pipeline, give, failures } = pipelineOf([...FIXTURES, seen]);
    give(NOW, { ...error('e1'), time: NOW });
    give(NOW, { ...boom('e2'), time: NOW + 1 });
    give(NOW, { ...boom('e3'), time: NOW + 2 });
    give(NOW, { ...error('e4'), time: NOW + 3 });
    const { alerts, gaps, tally } = pipeline.take();
    expect(alerts.filter((alert) => alert.detector === 'seen').map((alert) => alert.observed)).toEqual([1, 2, 3, 4]);
    // The errors that it threw on had been counted before it threw.
    const busy = alerts.filter((alert) => alert.detector === 'busy');
    expect(busy.map((alert) => [alert.observed, alert.event_ids])).toEqual([[4, ['e2', 'e3', 'e4', 'e4']]]);
    const health = alerts.filter((alert) => alert.detector === 'detector-health');
    expect(health).toHaveLength(1);
    expect(health[0]).toMatchObject({
      reason: 'detector_failed',
      subject: 'busy',
      subject_kind: '',
      severity: 'low',
      maturity: 'sandbox',
      event_ids: ['e2'],
      evidence: { error: 'Error: boom' },
    });
    expect(gaps.map(({ detector, reason, events }) => [detector, reason, events])).toEqual([
      ['busy', 'detector_failed', 2],
    ]);
    expect([...tally.failures.values()]).toEqual([{ labels: ['busy'], n: 2 }]);
    expect(failures.map(([id, e]) => [id, String(e)])).toEqual([
      ['busy', 'Error: boom'],
      ['busy', 'Error: boom'],
    ]);
  });

  const odd = (id: string, detect: Detector['detect']): Detector => ({ ...seen, id, detect });

  it('is taken for one that throws when it ends its stream or gives what is no finding', () => {
    const ends = odd(
      'ends',
      () => (events) =>
        events.pipe(
          take(1),
          map((e) => finding('ends', e, [], 1)),
        ),
    );
    const gives = odd('gives', () => (events) => events.pipe(map(() => ({}) as never)));
    const { pipeline, give } = pipelineOf([ends, gives]);
    for (const id of ['e1', 'e2']) give(NOW, { event_id: id, time: NOW, agent_id: 'a' });
    const { alerts, tally } = pipeline.take();
    const told = alerts.filter((alert) => alert.detector === 'ends').map((alert) => alert.event_ids);
    expect(told).toEqual([['e1'], ['e2']]);
    expect([...tally.failures.values()]).toEqual([
      { labels: ['ends'], n: 2 },
      { labels: ['gives'], n: 2 },
    ]);
  });

  it('does not keep later expectations from expiring', () => {
    const nervous = odd('nervous', (_, windows) => {
      const gone = windows.absence<string>({ name: 'gone', within_ms: 10 });
      return (events) => {
        events.subscribe((e) => gone.open(e.event_id, e.time, e.agent_id));
        return gone.expired.pipe(
          mergeMap(({ key, value, time }) => {
            if (value === 'bad') throw new Error('bad');
            return [finding('gone', event({ event_id: key, agent_id: value, time }), [], 1)];
          }),
        );
      };
    });
    const { pipeline, give } = pipelineOf([nervous]);
    for (const [i, agent_id] of ['good', 'bad', 'good', 'bad', 'good'].entries())
      give(NOW, { event_id: `e${i}`, time: NOW, agent_id });
    pipeline.tick(NOW + 100);
    const alerts = pipeline.take().alerts.filter((alert) => alert.detector === 'nervous');
    expect(alerts.map((alert) => alert.event_ids[0])).toEqual(['e0', 'e2', 'e4']);
  });
});

describe('a session under alert', () => {
  const error = (id: string, time: number, more: Partial<AgentEvent> = {}) => ({
    event_id: id,
    time,
    agent_id: 'a',
    session: 's',
    outcome: 'error' as const,
    ...more,
  });
  const said = (detectors: readonly Detector[], rows: readonly Partial<AgentEvent>[], config: object = {}) => {
    const { pipeline, give } = pipelineOf(detectors, config);
    for (const row of rows) give(NOW, row);
    return pipeline
      .take()
      .alerts.filter(({ detector }) => detector === 'novice')
      .map(({ event_ids, reason }) => `${event_ids[0]} ${reason}`);
  };
  const three = [error('e1', NOW), error('e2', NOW + 1), error('e3', NOW + 2)];

  it('is so from the very event that another detector fires on, wherever the learner stands in the list', () => {
    const expected = ['e1 learned', 'e2 learned', 'e3 under_alert'];
    expect(said([novice, busy], three)).toEqual(expected);
    expect(said([busy, novice], three)).toEqual(expected);
    expect(said([novice], three).at(-1)).toBe('e3 learned');
  });

  it('is that session of that agent and tenant alone, and for under_alert_ms', () => {
    const others = [{ session: 't' }, { agent_id: 'b' }, { tenant: 'u' }].map((more, i) =>
      error(`o${i}`, NOW + 3, { outcome: 'ok', ...more }),
    );
    expect(said([busy, novice], [...three, ...others]).slice(3)).toEqual(['o0 learned', 'o1 learned', 'o2 learned']);
    const later = (time: number) =>
      said([busy, novice], [...three, error('e4', time, { outcome: 'ok' })], { under_alert_ms: 1_000 }).at(-1);
    expect(later(NOW + 1_002)).toBe('e4 under_alert');
    expect(later(NOW + 1_003)).toBe('e4 learned');
  });
});

describe('limits', () => {
  it('keeps 200,000 distinct agents under the limit of keys, counts what gave way, and tells of it', () => {
    const { pipeline } = pipelineOf(
      FIXTURES.filter(({ id }) => id === 'spread'),
      { keys_max: 1_000 },
    );
    const AGENTS = 200_000;
    for (let offset = 0; offset < AGENTS / 1_000; offset++) {
      const rows = Array.from({ length: 1_000 }, (_, i) => {
        const n = offset * 1_000 + i;
        return event({ event_id: `e${n}`, time: NOW + n, agent_id: `agent-${n}`, target: 'x' });
      });
      pipeline.process(record(offset, NOW + offset * 1_000, rows));
    }
    const sizes = [...pipeline.runners[0]!.windows.operators].map(([name, { state }]) => [name, state.size]);
    expect(sizes).toEqual([
      ['targets', 3],
      ['known', 1_000],
    ]);
    const { alerts, tally } = pipeline.take();
    expect([...tally.evictions.values()]).toEqual([
      { labels: ['spread', 'targets'], n: AGENTS - 3 },
      { labels: ['spread', 'known'], n: AGENTS - 1_000 },
    ]);
    expect(alerts.map(summary)).toEqual([
      // The 1,001st live key that gave way: of three kept ones the 1,004th agent's, of a thousand the 2,001st's.
      `key-flood live_keys_evicted p ${NOW + 1_003}`,
      `key-flood live_keys_evicted p ${NOW + 2_000}`,
    ]);
    expect(alerts.map((alert) => alert.evidence.operators)).toEqual(['spread/targets', 'spread/known']);
  });

  it('forgets the producer that was silent for longest', () => {
    const { pipeline, give } = pipelineOf([seen], { producers_max: 2, lateness_max_ms: 0 });
    for (const [id, producer] of [
      ['e1', 'a'],
      ['e2', 'b'],
      ['e3', 'a'],
      ['e4', 'c'],
      ['e5', 'a'],
      ['e6', 'b'],
    ] as const)
      give(NOW, { event_id: id, producer, agent_id: 'x', time: id < 'e4' ? NOW : NOW - 1 });
    // e5 is late for a, which is known; e6 is not late for b, which was forgotten.
    expect(pipeline.take().alerts.map((alert) => alert.event_ids[0])).toEqual(['e1', 'e2', 'e3', 'e4', 'e6']);
  });

  it('goes on after a frame that cannot be read', () => {
    const { pipeline, give, failures } = pipelineOf([seen]);
    const broken: LogRecord = { offset: 0, appended: NOW, frame: Buffer.from('nonsense') };
    pipeline.process(broken);
    give(NOW, { event_id: 'e1', time: NOW, agent_id: 'a' });
    const { alerts, gaps } = pipeline.take();
    expect(alerts).toHaveLength(1);
    expect(gaps.map(({ reason, detector, time_from }) => [reason, detector, time_from])).toEqual([
      ['frame_corrupt', '*', NOW],
    ]);
    expect(failures.map(([id]) => id)).toEqual(['*']);
  });
});
