import type { Finding } from '../../src/detect/detector.ts';
import { duration } from '../../src/detect/words.ts';
import type { AgentEvent, ToolClass } from '../../src/event/event.ts';
import type { News, Options } from './past.ts';

/** Classes of which nothing is taken back. */
const IRREVERSIBLE: ReadonlySet<string> = new Set<ToolClass>(['send', 'share', 'pay', 'delete', 'identity']);

export function isIrreversible({ tool_class }: AgentEvent): boolean {
  return IRREVERSIBLE.has(tool_class);
}

export function findingOf(event: AgentEvent, news: News, { learning_events_min }: Options): Finding {
  const { tool, past, place, tools_known, targets_known } = news;
  const what = tool ? `tool ${short(event.tool_name)}` : `service ${short(place)}`;
  const age = duration(event.time - past.since);
  return {
    reason: tool ? 'new_tool' : 'new_target',
    subject_kind: 'agent',
    subject: event.agent_id,
    severity: isIrreversible(event) ? 'medium' : 'low',
    confidence: 0.3,
    summary: `Agent ${event.agent_id} used ${what} (${event.tool_class || 'other'}) for the first time, after ${past.events} events over ${age} with ${tools_known} tools and ${targets_known} services.`,
    event_ids: [event.event_id],
    window_from: event.time,
    window_to: event.time,
    threshold_name: 'learning_events_min',
    threshold: learning_events_min,
    observed: past.events,
    evidence: {
      tool: short(event.tool_name),
      tool_class: event.tool_class,
      service: short(place),
      learning_since: new Date(past.since).toISOString(),
      events_learned: String(past.events),
      sessions_learned: String(past.sessions),
      events_left_out: String(past.left_out),
      tools_known: String(tools_known),
      services_known: String(targets_known),
    },
  };
}

const short = (text: string) => (text.length > 80 ? `${text.slice(0, 80)}…` : text);
