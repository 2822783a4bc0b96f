import { map, filter as where } from 'rxjs';
import type * as z from 'zod';
import { detector, type Finding } from '../../src/detect/detector.ts';
import type { Windows } from '../../src/detect/windows/windows.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { type Call, isLook, judge } from './calls.ts';
import { config } from './config.ts';
import { callFinding, refusalFinding } from './findings.ts';
import { meta } from './meta.ts';
import { subjectOf } from './subject.ts';

type Config = z.output<typeof config>;
const RECENT_CALLS = 10;
const THROTTLED = /throttl|rate.?limit|too.?many.?requests|slow.?down|quota|overload|unavailable/i;

export const retryStorm = detector({
  id: 'retry-storm',
  version: 1,
  meta,
  config,
  key: 'agent',
  columns: [
    'event_id',
    'time',
    'kind',
    'lifecycle',
    'agent_id',
    'agent_instance',
    'session',
    'credential',
    'producer',
    'tool_name',
    'tool_class',
    'target',
    'args_digest',
    'result_digest',
    'outcome',
    'error_type',
    'error_status',
  ],
  detect(options, windows) {
    const calls = watchCalls(options, windows);
    const refusals = watchRefusals(options, windows);
    const revoked = windows.cell<boolean>({ name: 'revoked' });
    return (events) =>
      events.pipe(
        map((event): Finding | undefined => {
          if (event.lifecycle === 'credential_revoked') revoked.set(event.credential, event.time, true);
          // What a revoked credential is refused is our own echo.
          if (event.outcome === 'denied' && event.credential !== '' && revoked.get(event.credential)) return undefined;
          if (event.kind === 'tool_call') return calls(event);
          return event.kind === 'token_use' && event.outcome === 'denied' ? refusals(event) : undefined;
        }),
        where((finding) => finding !== undefined),
      );
  },
});

function watchCalls(options: Config, windows: Windows) {
  const recent = windows.recent<Call>({ name: 'calls', entries_max: RECENT_CALLS });
  const actions = windows.firstSeen({ name: 'actions', entries_max: 256 });
  const results = windows.firstSeen({ name: 'results', entries_max: 256 });
  const streaks = windows.cell<number>({ name: 'streaks' });
  const attempts = windows.cell<{ time: number; gap: number }>({ name: 'attempts' });
  const stories = windows.suppress({ name: 'stories', window_ms: options.quiet_ms });

  const streak = (key: string, event: AgentEvent, failed: boolean): number => {
    const length = failed ? (streaks.get(key) ?? 0) + 1 : 0;
    streaks.set(key, event.time, length);
    return length;
  };
  /** Throttled, and each wait longer than the one before: that is how it should be done. */
  const backsOff = (key: string, event: AgentEvent): boolean => {
    const before = attempts.get(key);
    const gap = before === undefined ? 0 : event.time - before.time;
    attempts.set(key, event.time, { time: event.time, gap });
    const throttled = event.error_status === 429 || event.error_status === 503 || THROTTLED.test(event.error_type);
    if (!throttled) return false;
    return before === undefined || (gap >= options.backoff_ms_min && gap >= before.gap * options.backoff_growth_min);
  };

  return (event: AgentEvent): Finding | undefined => {
    if (event.outcome === 'pending') return undefined;
    const [, subject] = subjectOf(event);
    const action = `${event.tool_name} ${event.args_digest}`;
    const tool = `${subject} ${event.tool_name}`;
    if (backsOff(tool, event)) return undefined;
    const failed = event.outcome !== 'ok';
    const newAction = actions.add(subject, event.time, action);
    const newResult = event.result_digest === '' || results.add(subject, event.time, event.result_digest);
    const futile = !newResult && (!newAction || failed || isLook(event.tool_class));
    const last = recent.push(subject, event.time, {
      id: event.event_id,
      time: event.time,
      action,
      tool: event.tool_name,
      result: event.result_digest,
      failed,
      futile,
    });
    const streaksNow = { all: streak(subject, event, failed), tool: streak(tool, event, failed) };
    const story = judge(last, streaksNow, options);
    return story !== undefined && stories.pass(subject, event.time) ? callFinding(event, story) : undefined;
  };
}

/** Audit sources: refusals of one credential at one target. Other errors there are everyday life. */
function watchRefusals(options: Config, windows: Windows) {
  const refusals = windows.slidingCount({ name: 'refusals', window_ms: options.refusals_window_ms });
  const ids = windows.recent<{ id: string; time: number }>({ name: 'refused', entries_max: options.refusals_min });
  const stories = windows.suppress({ name: 'refusal_stories', window_ms: options.quiet_ms });
  return (event: AgentEvent): Finding | undefined => {
    const key = `${event.agent_id} ${event.credential} ${event.target}`;
    const count = refusals.add(key, event.time);
    const evidence = ids.push(key, event.time, { id: event.event_id, time: event.time });
    if (count < options.refusals_min || !stories.pass(key, event.time)) return undefined;
    return refusalFinding(event, count, evidence, options);
  };
}
