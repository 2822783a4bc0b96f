import type { Finding } from '../../src/detect/detector.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import type { Story } from './calls.ts';
import { subjectOf } from './subject.ts';

/** How sure each judgement is by itself. */
const CONFIDENCE: Record<string, number> = {
  exact_repeat: 0.95,
  cycle: 0.9,
  failures_in_a_row: 0.9,
  tool_failures_in_a_row: 0.85,
  mostly_failures: 0.8,
  no_progress: 0.8,
};

export function callFinding(event: AgentEvent, story: Story): Finding {
  const [subject_kind, subject] = subjectOf(event);
  const { calls } = story;
  const seconds = Math.round((event.time - calls[0]!.time) / 100) / 10;
  return {
    reason: story.reason,
    subject_kind,
    subject,
    confidence: CONFIDENCE[story.reason]!,
    summary: `Agent ${event.agent_id} ${story.text}, within ${seconds} s.`,
    event_ids: calls.map((call) => call.id),
    window_from: calls[0]!.time,
    window_to: event.time,
    threshold_name: story.threshold_name,
    threshold: story.threshold,
    observed: story.observed,
    evidence: { tool_name: event.tool_name, target: event.target, error_type: event.error_type },
  };
}

export function refusalFinding(
  event: AgentEvent,
  count: number,
  evidence: readonly { id: string; time: number }[],
  options: { refusals_min: number; refusals_window_ms: number },
): Finding {
  const named = event.credential !== '';
  return {
    reason: 'refusals',
    subject_kind: named ? 'credential' : 'agent',
    subject: named ? event.credential : event.agent_id,
    confidence: 0.85,
    summary: `${event.agent_id} was refused ${count} times within ${options.refusals_window_ms / 1000} s at ${event.target}, and kept asking.`,
    event_ids: evidence.map(({ id }) => id),
    window_from: evidence[0]!.time,
    window_to: event.time,
    threshold_name: 'refusals_min',
    threshold: options.refusals_min,
    observed: count,
    evidence: { target: event.target, error_type: event.error_type },
  };
}
