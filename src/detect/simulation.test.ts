import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { ALERT, type Alert } from '../alert/alert.ts';
import { TriplineError } from '../errors.ts';
import type { Fields, RecordType, RowOf } from '../event/field.ts';
import { copyRow, Frame, rowsOf } from '../event/frame/index.ts';
import { GAP } from '../event/reject.ts';
import type { Log, LogRecord, Write } from '../log/log.ts';
import { DetectConfig, prepareDetectors } from './config.ts';
import type { Detector } from './detector.ts';
import { FIXTURES, fleet, novice, seeded } from './fixtures.ts';
import { openPartition } from './partition.ts';

class Crash extends Error {}

/** What survives a crash: one partition of events, and all that was written. */
function disk(records: readonly LogRecord[], random: () => number, trouble: number) {
  const written: { alerts: Buffer[]; gaps: Buffer[] } = { alerts: [], gaps: [] };
  const states = new Map<string, Map<string, Buffer>>();
  let committed: number | undefined;
  const apply = ({ append = [], commit = [], state = [] }: Write) => {
    for (const { topic, frame } of append) written[topic as 'alerts' | 'gaps'].push(frame);
    for (const { offset } of commit) {
      expect(offset).toBeGreaterThanOrEqual(committed ?? 0);
      committed = offset;
    }
    for (const { scope, key, value } of state) {
      const entries = states.get(scope) ?? new Map<string, Buffer>();
      states.set(scope, entries);
      if (value === undefined) entries.delete(key);
      else entries.set(key, Buffer.from(value));
    }
    return append.map((_, i) => i);
  };
  const log = {
    partitions: () => 2,
    async write(write: Write) {
      const fate = random();
      if (fate < trouble) throw new TriplineError('TRIPLINE_LOG_UNAVAILABLE', 'Not now', { retriable: true });
      if (fate < 2 * trouble) throw new Crash('before the write');
      const offsets = apply(write);
      if (fate < 3 * trouble) throw new Crash('after the write');
      return offsets;
    },
    bounds: async () => ({ first: 0, next: records.length }),
    committed: async () => committed,
    async *state(scope: string) {
      yield* [...(states.get(scope) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    },
  } as unknown as Log;
  const rows = <F extends Fields>(type: RecordType<F>, frames: readonly Buffer[]): RowOf<F>[] =>
    frames.flatMap((frame) => {
      const cursor = rowsOf(type, Frame.decode(frame));
      return Array.from({ length: cursor.length }, (_, i) => copyRow(type, cursor.seek(i)));
    });
  return {
    log,
    records,
    committed: () => committed ?? 0,
    scopes: () => [...states].filter(([, entries]) => entries.size > 0).map(([scope]) => scope),
    alerts: (): Alert[] => rows(ALERT, written.alerts),
    gaps: () => rows(GAP, written.gaps),
  };
}
type Disk = ReturnType<typeof disk>;

interface Run {
  random: () => number;
  /** Share of batches after which the process dies by itself. */
  deaths: number;
  batch_max: number;
  snapshot_events: number;
  detectors?: readonly Detector[];
  under_alert_ms?: number;
  /** Records there are so far. */
  until?: number;
}

/** A process that is started again whenever it dies, until everything is judged and committed. Returns how often it was started. */
async function run(on: Disk, options: Run): Promise<number> {
  const end = options.until ?? on.records.length;
  for (let lives = 1; ; lives++) {
    try {
      await oneLife(on, options);
      // The last write of a process may fail; then the next one has to do it.
      if (on.committed() === end) return lives;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }
}

async function oneLife({ log, records }: Disk, options: Run): Promise<void> {
  const { random, deaths, batch_max, snapshot_events, until = records.length } = options;
  const { under_alert_ms } = options;
  const config = DetectConfig.parse({
    snapshot_ms: 1e9,
    snapshot_events,
    live_evictions_max: 20,
    under_alert_ms,
    blind_spot: { learning_events_min: 20, learning_ms_min: 3_000, silence_ms_min: 400, pause_factor: 1.2 },
  });
  const detectors = prepareDetectors(options.detectors ?? FIXTURES, {});
  const task = await openPartition({
    log,
    topic: 'events',
    partition: 0,
    detectors,
    config,
    logger: pino({ level: 'silent' }),
    now: () => 1,
    onFailure: () => {},
    onWritten: () => {},
  });
  const persist = async (call: () => Promise<void>) => {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof TriplineError && error.retriable)) throw error;
      }
    }
  };
  for (let at = task.position; at < until; ) {
    const batch = records.slice(at, Math.min(until, at + 1 + Math.floor(random() * batch_max)));
    await persist(() => task.process(batch));
    at += batch.length;
    if (random() < deaths) throw new Crash('killed');
    // Caught up: the clock ticks, up to the next record.
    const [from, to] = [records[at - 1]!.appended, records[at]?.appended ?? records[at - 1]!.appended];
    if (random() < 0.3) await persist(() => task.tick(from + random() * (to - from)));
    if (random() < deaths) throw new Crash('killed');
  }
  if (until === records.length) await persist(() => task.tick(records[until - 1]!.appended + 60_000));
  await task.close();
}

const calm = (): Run => ({ random: seeded(1), deaths: 0, batch_max: 1, snapshot_events: 1e9 });
const byId = (alerts: readonly Alert[]) => [...alerts].sort((a, b) => (a.alert_id < b.alert_id ? -1 : 1));

/** Gaps are summed per commit: what must not change is how many events they tell of. */
function missed(on: Disk) {
  const sums: Record<string, number> = {};
  for (const gap of on.gaps()) {
    const key = [gap.reason, gap.detector, gap.producer].join(' ');
    sums[key] = (sums[key] ?? 0) + gap.events;
  }
  return sums;
}

describe('the same log', () => {
  const seeds = Array.from({ length: 25 }, (_, i) => i + 1);

  it.each(seeds)(
    'gives the same alerts and gaps once, whatever the batches, ticks and crashes (seed %i)',
    async (seed) => {
      const records = fleet(seed, 300);
      const whole = disk(records, seeded(0), 0);
      await run(whole, calm());
      const alerts = byId(whole.alerts());
      const kinds = new Set(alerts.map((alert) => `${alert.detector} ${alert.reason}`));
      expect(new Set(alerts.map((alert) => alert.alert_id)).size).toBe(alerts.length);
      for (const kind of [
        'busy errors',
        'spread targets',
        'stuck no_end',
        'clock-skew future_time',
        'key-flood live_keys_evicted',
        'blind-spot producer_silent',
      ])
        expect(kinds).toContain(kind);

      const random = seeded(seed * 7919);
      const rough = disk(records, random, 0.04);
      const lives = await run(rough, {
        random,
        deaths: 0.02,
        batch_max: 9,
        snapshot_events: 1 + Math.floor(random() * 40),
      });
      expect(byId(rough.alerts())).toEqual(alerts);
      expect(missed(rough)).toEqual(missed(whole));
      expect(lives).toBeGreaterThan(1);
    },
  );

  it.each(seeds.slice(0, 8))(
    'puts the same sessions under alert after crashes, for detectors that learn (seed %i)',
    async (seed) => {
      // The learner comes first in the list, and is asked last.
      const learning = { detectors: [novice, ...FIXTURES], under_alert_ms: 2_000 };
      const records = fleet(seed, 300);
      const whole = disk(records, seeded(0), 0);
      await run(whole, { ...calm(), ...learning });
      const alerts = byId(whole.alerts());
      const said = (reason: string) => alerts.filter((alert) => alert.reason === reason).length;
      expect(said('under_alert')).toBeGreaterThan(10);
      expect(said('learned')).toBeGreaterThan(10);

      const random = seeded(seed * 104_729);
      const rough = disk(records, random, 0.04);
      const lives = await run(rough, { random, deaths: 0.02, batch_max: 9, snapshot_events: 25, ...learning });
      expect(byId(rough.alerts())).toEqual(alerts);
      expect(lives).toBeGreaterThan(1);
    },
  );

  it('tells a changed detector that learns what was under alert at the time that it reads again', async () => {
    const records = fleet(99, 400);
    const learning = { detectors: [novice, ...FIXTURES], under_alert_ms: 1e12 };
    const changed = { ...learning, detectors: [{ ...novice, version: 2 }, ...FIXTURES] };
    const whole = disk(records, seeded(0), 0);
    await run(whole, { ...calm(), ...changed });
    const mixed = disk(records, seeded(0), 0);
    await run(mixed, { ...calm(), ...learning, snapshot_events: 1, until: 200 });
    await run(mixed, { ...calm(), ...changed });
    const later = (on: Disk) =>
      byId(on.alerts().filter((alert) => alert.detector === 'novice' && alert.log_offset >= 200));
    expect(later(mixed)).toEqual(later(whole));
    // What it learned before the restart, where it was not under alert: some, and not all of the 200 records.
    const learned = later(mixed).map(({ observed }) => observed);
    expect(Math.min(...learned)).toBeGreaterThan(0);
    expect(Math.max(...learned)).toBeLessThan(40);
  });

  it('gives the alerts of a changed detector from where it was changed, and leaves those of the others alone', async () => {
    const records = fleet(99, 400);
    const changed = FIXTURES.map((detector) => (detector.id === 'busy' ? { ...detector, version: 2 } : detector));
    const whole = disk(records, seeded(0), 0);
    await run(whole, calm());
    const wholeChanged = disk(records, seeded(0), 0);
    await run(wholeChanged, { ...calm(), detectors: changed });

    const random = seeded(5);
    const mixed = disk(records, random, 0.02);
    const rough: Run = { random, deaths: 0.01, batch_max: 5, snapshot_events: 20 };
    await run(mixed, { ...rough, until: 200 });
    expect(mixed.committed()).toBe(200);
    await run(mixed, { ...rough, detectors: changed });

    const expected = [
      ...whole.alerts().filter((alert) => alert.detector !== 'busy' || alert.log_offset < 200),
      ...wholeChanged.alerts().filter((alert) => alert.detector === 'busy' && alert.log_offset >= 200),
    ];
    expect(byId(mixed.alerts())).toEqual(byId(expected));
    expect(expected.some((alert) => alert.detector_version.startsWith('2-'))).toBe(true);
    expect(mixed.scopes().filter((scope) => scope.includes('busy@1'))).toEqual([]);
    expect(mixed.scopes().filter((scope) => scope.includes('busy@2'))).toHaveLength(1);
  });
});
