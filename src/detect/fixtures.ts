import { filter, map, merge, mergeMap } from 'rxjs';
import * as z from 'zod';
import { type AgentEvent, EVENT } from '../event/event.ts';
import { rowOf } from '../event/field.ts';
import { encodeFrame } from '../event/frame/index.ts';
import type { LogRecord } from '../log/log.ts';
import { type Detector, type DetectorMeta, detector, type Finding } from './detector.ts';

/** Detectors and records for the tests of this folder. */

export const META: DetectorMeta = {
  title: 'Test',
  maturity: 'stable',
  severity: 'high',
  detects: 'Something.',
  misses: [],
  false_positives: [],
  triage: [],
  attack: [],
  atlas: [],
  asi: [],
  nhi: [],
  safe_mcp: [],
};

export function finding(reason: string, event: AgentEvent, event_ids: readonly string[], observed: number): Finding {
  return {
    reason,
    subject_kind: 'agent',
    subject: event.agent_id,
    confidence: 1,
    summary: `${reason} ${observed}`,
    event_ids: [...event_ids, event.event_id],
    window_from: event.time,
    window_to: event.time,
    threshold_name: 'n_max',
    threshold: 2,
    observed,
  };
}

/** Errors of an agent within a second, with the ids of the last three, once a second. Throws on the tool `boom`, after counting it. */
export const busy = detector({
  id: 'busy',
  version: 1,
  meta: META,
  config: z.strictObject({ errors_max: z.int().default(2) }),
  key: 'agent',
  columns: ['outcome', 'tool_name'],
  detect({ errors_max }, windows) {
    const errors = windows.slidingCount({ name: 'errors', window_ms: 1_000, keys_max: 4 });
    const last = windows.recent<string>({ name: 'last', entries_max: 3, keys_max: 4 });
    const once = windows.suppress({ name: 'once', window_ms: 1_000, keys_max: 4 });
    return (events) =>
      events.pipe(
        filter((event) => event.outcome === 'error'),
        mergeMap((event) => {
          const n = errors.add(event.agent_id, event.time);
          const ids = [...last.push(event.agent_id, event.time, event.event_id)];
          if (event.tool_name === 'boom') throw new Error('boom');
          if (n <= errors_max || !once.pass(event.agent_id, event.time)) return [];
          return [finding('errors', event, ids, n)];
        }),
      );
  },
});

/** Distinct targets of an agent within two seconds, and each target's first use. */
export const spread = detector({
  id: 'spread',
  version: 1,
  meta: META,
  config: z.strictObject({}),
  key: 'agent',
  columns: ['target'],
  detect(_, windows) {
    const targets = windows.distinctCount({ name: 'targets', window_ms: 2_000, entries_max: 5, keys_max: 3 });
    const known = windows.firstSeen({ name: 'known', entries_max: 4 });
    return (events) =>
      events.pipe(
        filter((event) => event.target !== ''),
        map((event) => ({
          event,
          n: targets.add(event.agent_id, event.time, event.target),
          isNew: known.add(event.agent_id, event.time, event.target),
        })),
        filter(({ n, isNew }) => n >= 4 && isNew),
        map(({ event, n }) => finding('targets', event, targets.values(event.agent_id, event.time), n)),
      );
  },
});

/** Tasks that do not end within three seconds. */
export const stuck = detector({
  id: 'stuck',
  version: 1,
  meta: META,
  config: z.strictObject({}),
  key: 'agent',
  columns: ['lifecycle'],
  detect(_, windows) {
    const ends = windows.absence<{ agent: string; id: string }>({ name: 'ends', within_ms: 3_000 });
    return (events) =>
      merge(
        events.pipe(
          filter((event) => {
            if (event.lifecycle === 'task_started')
              ends.open(event.task, event.time, { agent: event.agent_id, id: event.event_id });
            if (event.lifecycle === 'task_ended') ends.cancel(event.task);
            return false;
          }),
          map((event) => finding('never', event, [], 0)),
        ),
        ends.expired.pipe(
          map(({ key, time, value }) => ({
            ...finding('no_end', rowOf(EVENT, { agent_id: value.agent, event_id: value.id, time }), [], 1),
            about: { tenant: 'default', agent_id: value.agent, task: key },
          })),
        ),
      );
  },
});

/** Says of every event whether its session is under alert, and how many others before it were not. */
export const novice = detector({
  id: 'novice',
  version: 1,
  meta: META,
  config: z.strictObject({}),
  key: 'agent',
  columns: [],
  after_others: true,
  detect(_, windows) {
    const learned = windows.cell<number>({ name: 'learned' });
    return (events) =>
      events.pipe(
        map((event) => {
          const n = learned.get(event.agent_id) ?? 0;
          if (windows.underAlert(event)) return finding('under_alert', event, [], n);
          learned.set(event.agent_id, event.time, n + 1);
          return finding('learned', event, [], n);
        }),
      );
  },
});

export const FIXTURES: readonly Detector[] = [busy, spread, stuck];

export function event(values: Partial<AgentEvent>): AgentEvent {
  return rowOf(EVENT, { kind: 'tool_call', tenant: 'default', producer: 'p', ...values });
}

export function record(offset: number, appended: number, rows: readonly AgentEvent[]): LogRecord {
  return { offset, appended, frame: encodeFrame(EVENT.columns, rows) };
}

/** Numbers in [0, 1) that a seed decides (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Records of a small, busy, partly broken fleet: late and future times, tasks that never end, an event that makes `busy` throw. */
export function fleet(seed: number, records: number): LogRecord[] {
  const random = seeded(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  let appended = 1_750_000_000_000;
  let id = 0;
  const row = (): AgentEvent => {
    const lifecycle = random() < 0.2 ? pick(['task_started', 'task_started', 'task_ended']) : '';
    const odd = random();
    const offset = odd < 0.02 ? -700_000 : odd < 0.04 ? 1e9 : odd < 0.15 ? -1_500 : 0;
    return event({
      event_id: `e${++id}`,
      time: Math.floor(appended + offset - random() * 50),
      producer: pick(['p', 'p', 'q']),
      kind: lifecycle === '' ? 'tool_call' : 'lifecycle',
      lifecycle,
      agent_id: pick(['a', 'b', 'c', 'd', 'e', 'f']),
      task: lifecycle === '' ? '' : pick(['t1', 't2', 't3', 't4']),
      outcome: pick(['ok', 'error']),
      tool_name: random() < 0.01 ? 'boom' : 'tool',
      target: random() < 0.5 ? pick(['x', 'y', 'z', 'u', 'v', 'w']) : '',
    });
  };
  return Array.from({ length: records }, (_, offset) => {
    appended += random() * (random() < 0.05 ? 4_000 : 100);
    return record(offset, appended, Array.from({ length: 1 + Math.floor(random() * 4) }, row));
  });
}
