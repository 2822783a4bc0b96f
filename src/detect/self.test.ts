import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../event/event.ts';
import { DetectConfig, prepareDetectors } from './config.ts';
import { event, FIXTURES, record } from './fixtures.ts';
import { createPipeline, type Pipeline } from './runtime.ts';
import { SELF } from './self.ts';
import { SELF_META } from './self-meta.ts';

const NOW = 1_750_000_000_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

function pipelineOf(config: object, detectors = FIXTURES.slice(0, 0), topic: 'events' | 'credentials' = 'events') {
  return createPipeline({
    topic,
    partition: 0,
    detectors: prepareDetectors(detectors, {}),
    config: DetectConfig.parse(config),
    now: () => 0,
  });
}

describe('what the runtime says of itself', () => {
  it('has a page for each of its findings, none of which may act', () => {
    expect(Object.keys(SELF_META).sort()).toEqual(
      Object.values(SELF)
        .map(({ id }) => id as string)
        .sort(),
    );
    for (const { maturity } of Object.values(SELF)) expect(maturity).toBe('sandbox');
  });
});

describe('clock-skew', () => {
  const ids = (ahead_ms: number) => {
    const pipeline = pipelineOf({ skew_max_ms: 1_000 });
    pipeline.process(record(0, NOW, [event({ event_id: 'e1', time: NOW + ahead_ms, agent_id: 'a' })]));
    return pipeline.take().alerts.map(({ detector, subject }) => `${detector} ${subject}`);
  };

  it('fires one millisecond beyond what is allowed, and not at it', () => {
    expect(ids(1_000)).toEqual([]);
    expect(ids(1_001)).toEqual(['clock-skew p']);
  });
});

describe('key-flood', () => {
  /** The operator remembers the targets of three agents: each agent after the third evicts one. */
  const flood = (agents: number, gap_ms = 1) => {
    const pipeline = pipelineOf(
      { live_evictions_max: 5 },
      FIXTURES.filter(({ id }) => id === 'spread'),
    );
    const rows = Array.from({ length: agents }, (_, i) =>
      event({ event_id: `e${i + 1}`, time: NOW + i * gap_ms, agent_id: `a${i}`, target: 'x' }),
    );
    pipeline.process(record(0, NOW + agents * gap_ms, rows));
    return pipeline.take().alerts.map(({ detector, event_ids, observed }) => `${detector} ${event_ids} ${observed}`);
  };

  it('fires at the key that evicts one more than is allowed within a minute, and not at the one before', () => {
    expect(flood(8)).toEqual([]);
    expect(flood(9)).toEqual(['key-flood e9 6']);
    expect(flood(40)).toEqual(['key-flood e9 6']);
  });

  it('lets keys go that no longer matter', () => {
    // The window of the operator is two seconds: with a second between them the third before last is over.
    expect(flood(40, 1_000)).toEqual([]);
  });
});

describe('blind-spot', () => {
  const config = (more: object = {}) => ({
    blind_spot: { learning_events_min: 10, learning_ms_min: 2 * DAY, silence_ms_min: HOUR, ...more },
  });
  type Play = { give(at: number, more?: Partial<AgentEvent>): void; told(): string[]; pipeline: Pipeline };

  function play(options: object = config(), topic: 'events' | 'credentials' = 'events'): Play {
    const pipeline = pipelineOf(options, [], topic);
    let offset = 0;
    return {
      pipeline,
      give(at, more = {}) {
        const row = event({ event_id: `e${offset}`, time: NOW + at, agent_id: 'a', ...more });
        pipeline.process(record(offset++, NOW + at, [row]));
      },
      told: () =>
        pipeline
          .take()
          .alerts.map(
            ({ detector, subject, window_from, window_to }) =>
              `${detector} ${subject} ${(window_from - NOW) / MINUTE} ${(window_to - NOW) / MINUTE}`,
          ),
    };
  }
  /** An event every half an hour for so many hours. */
  const report = ({ give }: Play, from_h: number, to_h: number, more: Partial<AgentEvent> = {}) => {
    for (let hour = from_h; hour <= to_h; hour += 0.5) give(hour * HOUR, more);
  };

  it('tells by a tick of a producer that has reported nothing for twice its longest pause, and not a moment before', () => {
    const one = play();
    report(one, 0, 48);
    one.pipeline.tick(NOW + 49 * HOUR - 1);
    expect(one.told()).toEqual([]);
    one.pipeline.tick(NOW + 49 * HOUR);
    const [alert] = one.pipeline.take().alerts;
    expect(alert).toMatchObject({
      detector: 'blind-spot',
      reason: 'producer_silent',
      maturity: 'sandbox',
      severity: 'medium',
      subject_kind: 'producer',
      subject: 'p',
      tenant: 'default',
      event_ids: [],
      producers: ['p'],
      threshold_name: 'silence_ms_min',
      threshold: HOUR,
      observed: HOUR,
      summary:
        'Producer p has reported nothing for 60 min, after 97 events at most 30 min apart: what happens there is not seen.',
      evidence: { last_event: 'e96', events: '97', mean_interval_ms: '1800000', usual_pause_ms: '1800000' },
    });
    one.pipeline.tick(NOW + 99 * HOUR);
    expect(one.told()).toEqual([]);
  });

  it('tells it by what others report, and of nobody who goes on', () => {
    const two = play();
    report(two, 0, 48);
    report(two, 48, 60, { producer: 'q' });
    expect(two.told()).toEqual([`blind-spot p ${48 * 60} ${49 * 60}`]);
  });

  it('says nothing of a producer that has reported too little, or not for long: one event less', () => {
    const young = play();
    report(young, 0.5, 48);
    young.pipeline.tick(NOW + 90 * HOUR);
    expect(young.told()).toEqual([]);
    const few = (count: number) => {
      const rare = play();
      for (let i = 0; i < count; i += 1) rare.give((i * 48 * HOUR) / (count - 1));
      rare.pipeline.tick(NOW + 300 * HOUR);
      return rare.told().length;
    };
    expect([few(9), few(10)]).toEqual([0, 1]);
  });

  it('lets the night be that comes every day', () => {
    const office = play();
    for (let day = 0; day < 5; day += 1) report(office, day * 24, day * 24 + 10);
    // Fourteen hours of pause each night, seen in its first days: silence is 28 hours.
    expect(office.told()).toEqual([]);
    office.pipeline.tick(NOW + (4 * 24 + 10 + 28) * HOUR - 1);
    expect(office.told()).toEqual([]);
    office.pipeline.tick(NOW + (4 * 24 + 10 + 28) * HOUR);
    expect(office.told()).toEqual([`blind-spot p ${106 * 60} ${134 * 60}`]);
  });

  it('forgets a pause that does not come again', () => {
    const once = play();
    report(once, 0, 10);
    report(once, 30, 30 + 5 * 24);
    once.pipeline.tick(NOW + (150 + 1) * HOUR);
    expect(once.told()).toEqual([`blind-spot p ${150 * 60} ${151 * 60}`]);
  });

  it('begins anew when the producer is back, and tells of the next silence only past this one', () => {
    const back = play();
    report(back, 0, 48);
    report(back, 58, 60);
    expect(back.told()).toHaveLength(1);
    back.pipeline.tick(NOW + 80 * HOUR - 1);
    expect(back.told()).toEqual([]);
    back.pipeline.tick(NOW + 80 * HOUR);
    expect(back.told()).toEqual([`blind-spot p ${60 * 60} ${80 * 60}`]);
  });

  it('keeps tenants apart, misses nothing of its own, and speaks on the events topic alone', () => {
    const tenants = play();
    report(tenants, 0, 48);
    report(tenants, 0, 0, { tenant: 't' });
    report(tenants, 48, 60, { tenant: 't' });
    expect(tenants.told()).toHaveLength(1);
    const own = play();
    report(own, 0, 48, { producer: 'tripline' });
    own.pipeline.tick(NOW + 99 * HOUR);
    expect(own.told()).toEqual([]);
    const credentials = play(config(), 'credentials');
    report(credentials, 0, 48);
    credentials.pipeline.tick(NOW + 99 * HOUR);
    expect(credentials.told()).toEqual([]);
  });

  it('says the same after a restart, and when the log is read again with other ticks', () => {
    const rows = (to: Play, from: number, until: number) => {
      for (let i = from; i < until; i += 1) to.give(i * 0.5 * HOUR, i > 97 ? { producer: 'q' } : {});
    };
    const whole = play();
    rows(whole, 0, 110);
    const alerts = whole.pipeline.take().alerts;
    expect(alerts.map(({ subject }) => subject)).toEqual(['p']);

    const before = play();
    rows(before, 0, 99);
    before.pipeline.tick(NOW + 49 * HOUR);
    const state = Array.from(before.pipeline.self.windows.changes(), ({ key, value }) => [key, value!] as const);
    const after = play();
    after.pipeline.self.windows.restore(state);
    after.pipeline.feedFrom(new Map([[after.pipeline.self, 99]]), 99);
    for (let hour = 49; hour < 60; hour += 0.25) after.pipeline.tick(NOW + hour * HOUR);
    expect(after.pipeline.take().alerts).toEqual(alerts.map((alert) => ({ ...alert, log_offset: 98 })));
  });
});
