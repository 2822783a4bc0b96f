import { filter, map } from 'rxjs';
import * as z from 'zod';
import { type Detector, detector, type Finding } from '../src/detect/detector.ts';
import type { AgentEvent, EventField } from '../src/event/event.ts';

/**
 * The four rules that every engine of `peers` runs: ten failures of an agent at one tool in 60 s; eight targets of an agent in 120 s; read,
 * execute, send in one session within 60 s; a credential used from two networks within 300 s. Each is silent for a while after an alert.
 */
const META = {
  title: 'A rule of the bench',
  maturity: 'sandbox',
  severity: 'medium',
  detects: 'What every engine of the bench looks for.',
  misses: [],
  false_positives: [],
  triage: [],
  attack: [],
  atlas: [],
  asi: [],
  nhi: [],
  safe_mcp: [],
} as const;
const config = z.strictObject({});
const SECOND = 1000;

function rule(
  id: string,
  key: 'agent' | 'credential',
  columns: EventField[],
  judge: (windows: Parameters<Detector['detect']>[1]) => (event: AgentEvent) => boolean,
): Detector {
  return detector({
    id,
    version: 1,
    meta: META as never,
    config,
    key,
    columns: ['event_id', 'time', 'kind', 'tenant', 'producer', 'agent_id', 'session', 'credential', ...columns],
    attack: () => [],
    detect(_config, windows) {
      const crossed = judge(windows);
      return (events) =>
        events.pipe(
          map((event) => (crossed(event) ? finding(event, key) : undefined)),
          filter((found) => found !== undefined),
        );
    },
  }) as Detector;
}

function finding(event: AgentEvent, key: 'agent' | 'credential'): Finding {
  return {
    reason: 'crossed',
    subject_kind: key,
    subject: key === 'agent' ? event.agent_id : event.credential,
    confidence: 1,
    summary: 'A rule of the bench was crossed.',
    event_ids: [event.event_id],
    window_from: event.time,
    window_to: event.time,
    threshold_name: 'count',
    threshold: 1,
    observed: 1,
  };
}

const storm = rule('rule-storm', 'agent', ['tool_name', 'outcome'], (windows) => {
  const last = windows.recent<number>({ name: 'failures', entries_max: 10 });
  const quiet = windows.suppress({ name: 'quiet', window_ms: 60 * SECOND });
  return ({ kind, outcome, agent_id, tool_name, time }) => {
    if (kind !== 'tool_call' || (outcome !== 'error' && outcome !== 'denied')) return false;
    const key = `${agent_id}\0${tool_name}`;
    const times = last.push(key, time, time);
    return times.length === 10 && time - times[0]! <= 60 * SECOND && quiet.pass(key, time);
  };
});

const moves = rule('rule-moves', 'agent', ['target'], (windows) => {
  const targets = windows.distinctCount({ name: 'targets', window_ms: 120 * SECOND });
  const quiet = windows.suppress({ name: 'quiet', window_ms: 120 * SECOND });
  return ({ kind, agent_id, target, time }) =>
    kind === 'tool_call' && targets.add(agent_id, time, target) >= 8 && quiet.pass(agent_id, time);
});

const STEPS: Readonly<Record<string, number>> = { read: 0, execute: 1, send: 2 };
const chain = rule('rule-chain', 'agent', ['tool_class'], (windows) => {
  const steps = windows.orderedSequence({ name: 'chain', steps: 3, window_ms: 60 * SECOND, gap_ms: 60 * SECOND });
  return ({ kind, agent_id, session, tool_class, time, event_id }) => {
    const step = kind === 'tool_call' ? STEPS[tool_class] : undefined;
    if (step === undefined) return false;
    const key = `${agent_id}\0${session}`;
    if (steps.advance(key, time, step, event_id) === undefined) return false;
    steps.reset(key);
    return true;
  };
});

interface Seen {
  ip: string;
  asn: number;
  time: number;
}
const replay = rule('rule-replay', 'credential', ['source_ip', 'source_asn'], (windows) => {
  const places = windows.recent<Seen>({ name: 'places', entries_max: 8 });
  const quiet = windows.suppress({ name: 'quiet', window_ms: 300 * SECOND });
  return ({ credential, source_ip: ip, source_asn: asn, time }) => {
    if (credential === '') return false;
    const known = places.get(credential);
    const newest = known.at(-1);
    // The usual case: the same place as before.
    if (newest !== undefined && newest.ip === ip && newest.asn === asn && time - newest.time < 60 * SECOND)
      return false;
    const other = known.some((place) => place.ip !== ip && place.asn !== asn && place.time >= time - 300 * SECOND);
    places.push(credential, time, { ip, asn, time });
    if (!other || !quiet.pass(credential, time)) return false;
    places.reset(credential);
    return true;
  };
});

export const FOUR_RULES: readonly Detector[] = [storm, moves, chain, replay];
