import type { AgentEvent } from '../event/event.ts';
import { watchSilence } from './blind-spot.ts';
import type { DetectConfig } from './config.ts';
import type { Finding } from './detector.ts';
import type { Voice } from './make-alert.ts';
import { createWindows, type WindowSet } from './windows/create-windows.ts';
import { keyOf } from './windows/key.ts';
import type { SessionOf } from './windows/windows.ts';

/** What the runtime says about itself and its producers. Never stable: nothing is revoked for it. */
export const SELF = {
  skew: { id: 'clock-skew', version: '1', maturity: 'sandbox', severity: 'medium' },
  flood: { id: 'key-flood', version: '1', maturity: 'sandbox', severity: 'medium' },
  silence: { id: 'blind-spot', version: '1', maturity: 'sandbox', severity: 'medium' },
  health: { id: 'detector-health', version: '1', maturity: 'sandbox', severity: 'low' },
} as const satisfies Record<string, Voice>;

/** Raised when the runtime's own state changes its meaning. */
export const SELF_VERSION = '1';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const ERROR_CHARS_MAX = 300;

type Limits = Pick<
  DetectConfig,
  | 'producers_max'
  | 'keys_max'
  | 'live_evictions_max'
  | 'lateness_max_ms'
  | 'skew_max_ms'
  | 'under_alert_ms'
  | 'blind_spot'
>;

/** The runtime's own state on one partition: newest event time of each producer, and what it has already said. */
export interface Self {
  readonly windows: WindowSet;
  /** Newest event time of all producers since the start. */
  newest(): number | undefined;
  /** True when the event is too late for detectors; else its time moves its producer's watermark. */
  isLate(event: AgentEvent): boolean;
  skewed(event: AgentEvent): Finding | undefined;
  /** Live keys that this event made operators evict. One finding, for an event's findings of a kind are one. */
  flooded(keysByOperator: ReadonlyMap<string, number>, event: AgentEvent): Finding | undefined;
  failed(detector: string, error: unknown, time: number, event: AgentEvent | undefined): Finding | undefined;
  /** An event of a producer is in the log. Only the events topic tells of all of them. */
  heard(event: AgentEvent): void;
  /** The record that was appended at `appended` ends. */
  settle(appended: number): void;
  /** What the log's time has made of silent producers by `due`, one at a time: the log time at which it did, and whether it is a finding. */
  silent(now: number): { due: number; finding: Finding | undefined } | undefined;
  /** An alert at this offset of the log was about this session. */
  alerted(session: SessionOf, offset: number): void;
  /** Whether one was, as it was known at this offset: a detector that is rebuilt learns what it would have learned then. */
  underAlert(session: SessionOf, offset: number): boolean;
}

/** Alerts on one session, each within `under_alert_ms` of the one before. */
interface Alerted {
  /** Offset of the first. */
  from: number;
  /** Event time of the newest. */
  time: number;
}

export function createSelf(limits: Limits): Self {
  const set = createWindows({ detector: 'tripline', keys_max_default: limits.keys_max });
  const { windows } = set;
  const watermarks = windows.cell<number>({ name: 'watermarks', keys_max: limits.producers_max });
  const skews = windows.suppress({ name: 'skews', keys_max: limits.producers_max, window_ms: HOUR_MS });
  const evictions = windows.slidingCount({ name: 'evictions', window_ms: MINUTE_MS });
  const floods = windows.suppress({ name: 'floods', window_ms: HOUR_MS });
  const failures = windows.suppress({ name: 'failures', window_ms: HOUR_MS });
  const silence = watchSilence({ ...limits.blind_spot, producers_max: limits.producers_max }, windows);
  const alerts = windows.cell<Alerted>({ name: 'alerts' });
  const sessionOf = ({ tenant, agent_id, session }: SessionOf) => keyOf(tenant, agent_id, session);
  const isOver = (alerted: Alerted, time: number) => time - alerted.time > limits.under_alert_ms;
  let newest: number | undefined;

  return {
    windows: set,
    newest: () => newest,
    isLate({ producer, time }) {
      if (newest === undefined || time > newest) newest = time;
      const known = watermarks.get(producer) ?? time;
      // Set also when it did not move: a producer that speaks is not the one to forget.
      watermarks.set(producer, time, Math.max(known, time));
      return known - time > limits.lateness_max_ms;
    },
    skewed(event) {
      if (!skews.pass(event.producer, event.time)) return undefined;
      return skewFinding(event, limits.skew_max_ms);
    },
    flooded(keysByOperator, event) {
      const flooded = new Map<string, number>();
      for (const [operator, keys] of keysByOperator) {
        const n = evictions.add(operator, event.time, keys);
        if (n > limits.live_evictions_max && floods.pass(operator, event.time)) flooded.set(operator, n);
      }
      return flooded.size === 0 ? undefined : floodFinding(flooded, limits.live_evictions_max, event);
    },
    failed(detector, error, time, event) {
      return failures.pass(detector, time) ? failureFinding(detector, error, time, event) : undefined;
    },
    heard: (event) => silence.heard(event),
    settle: (appended) => silence.settle(appended),
    silent(now) {
      const due = set.due();
      if (due > now) {
        set.tick(now);
        return undefined;
      }
      set.expire();
      return { due, finding: silence.take() };
    },
    alerted(session, offset) {
      // It names nobody.
      if (session.agent_id === '' && session.session === '') return;
      const key = sessionOf(session);
      const known = alerts.get(key);
      const { from, time } = known && !isOver(known, session.time) ? known : { from: offset, time: session.time };
      alerts.set(key, session.time, { from, time: Math.max(time, session.time) });
    },
    underAlert(session, offset) {
      if (alerts.size === 0) return false;
      const known = alerts.get(sessionOf(session));
      return known !== undefined && known.from <= offset && !isOver(known, session.time);
    },
  };
}

function skewFinding(event: AgentEvent, skew_max_ms: number): Finding {
  return {
    reason: 'future_time',
    subject_kind: 'producer',
    subject: event.producer,
    confidence: 1,
    summary: `Producer ${event.producer} stamps events further ahead of the time at which they arrive than the ${skew_max_ms} ms allowed; their times were set back.`,
    event_ids: [event.event_id],
    window_from: event.time,
    window_to: event.time,
    threshold_name: 'skew_max_ms',
    threshold: skew_max_ms,
    observed: 1,
  };
}

function floodFinding(flooded: ReadonlyMap<string, number>, threshold: number, event: AgentEvent): Finding {
  const operators = [...flooded.keys()].join(', ');
  const observed = Math.max(...flooded.values());
  return {
    reason: 'live_keys_evicted',
    subject_kind: 'producer',
    subject: event.producer,
    confidence: 0.5,
    summary: `So many new keys arrive that ${operators} forgot up to ${observed} that still mattered within a minute; producer ${event.producer} sent the last of them.`,
    event_ids: [event.event_id],
    window_from: event.time - MINUTE_MS,
    window_to: event.time,
    threshold_name: 'live_evictions_max',
    threshold,
    observed,
    evidence: { operators },
  };
}

function failureFinding(detector: string, error: unknown, time: number, event: AgentEvent | undefined): Finding {
  return {
    reason: 'detector_failed',
    // About a detector: none of the kinds that a policy could act on.
    subject_kind: '' as Finding['subject_kind'],
    subject: detector,
    confidence: 1,
    summary: `Detector ${detector} threw and did not judge ${event === undefined ? 'an absence' : `event ${event.event_id}`}; it goes on with the next.`,
    event_ids: event === undefined ? [] : [event.event_id],
    window_from: time,
    window_to: time,
    threshold_name: 'failures_max',
    threshold: 0,
    observed: 1,
    evidence: { error: String(error).slice(0, ERROR_CHARS_MAX) },
  };
}
