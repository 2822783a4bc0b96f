import type { AgentEvent } from '../../src/event/event.ts';

/** Whoever repeats itself: the session, else the running copy, else the agent. */
export function subjectOf(event: AgentEvent): readonly ['session' | 'agent_instance' | 'agent', string] {
  if (event.session !== '') return ['session', event.session];
  return event.agent_instance === '' ? ['agent', event.agent_id] : ['agent_instance', event.agent_instance];
}
