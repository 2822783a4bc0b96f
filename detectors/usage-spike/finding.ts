import type { Finding } from '../../src/detect/detector.ts';
import { duration } from '../../src/detect/words.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import type { Overrun, Whose } from './budget.ts';
import type { Options, Spike } from './past.ts';
import { inUnit, words } from './usage.ts';

export function overrunOf(
  event: AgentEvent,
  { measure, spent, option }: Overrun,
  whose: Whose,
  options: Options,
): Finding {
  const { window_ms } = options;
  return {
    ...aboutOf(event, whose, window_ms),
    reason: `${whose}_budget`,
    severity: 'high',
    confidence: 1,
    summary: `${nameOf(event, whose)} used ${words(measure, spent)} of its model within ${duration(window_ms)}; its budget is ${options[option].toLocaleString('en')}.`,
    threshold_name: option,
    threshold: options[option],
    observed: inUnit(measure, spent),
    evidence: { measure },
  };
}

export function spikeOf(event: AgentEvent, spike: Spike, whose: Whose, options: Options): Finding {
  const { measure, spent, limit, median, highest, past } = spike;
  const name = options.median_factor * median >= options.peak_factor * highest ? 'median_factor' : 'peak_factor';
  const of = whose === 'agent' ? `windows of ${duration(options.window_ms)}` : 'sessions';
  return {
    ...aboutOf(event, whose, options.window_ms),
    reason: `${whose}_spike`,
    confidence: 0.6,
    summary: `${nameOf(event, whose)} has used ${words(measure, spent)} of its model; the ${past} ${of} before came to ${words(measure, median)} at the median and ${words(measure, highest)} at most.`,
    threshold_name: name,
    threshold: options[name],
    observed: Math.round((100 * spent) / (name === 'median_factor' ? median : highest)) / 100,
    evidence: {
      measure,
      used: String(inUnit(measure, spent)),
      limit: String(inUnit(measure, limit)),
      median: String(inUnit(measure, median)),
      highest: String(inUnit(measure, highest)),
      past: String(past),
    },
  };
}

function aboutOf(event: AgentEvent, whose: Whose, window_ms: number) {
  return {
    subject_kind: whose,
    subject: whose === 'agent' ? event.agent_id : event.session,
    event_ids: [event.event_id],
    window_from: event.time - window_ms,
    window_to: event.time,
  };
}

function nameOf({ agent_id }: AgentEvent, whose: Whose): string {
  return whose === 'agent' ? `Agent ${agent_id}` : `A session of agent ${agent_id}`;
}
