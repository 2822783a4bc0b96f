import { map, filter as where } from 'rxjs';
import type * as z from 'zod';
import { detector, type Finding } from '../../src/detect/detector.ts';
import { keyOf } from '../../src/detect/windows/key.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { watchRevoked } from '../reaction.ts';
import { attack } from './attack.ts';
import { config } from './config.ts';
import { meta } from './meta.ts';
import { watchScope } from './outside.ts';
import { placeOf } from './place.ts';
import { evidenceOf, type Reached, refusedOf, type Story, spanOf, thresholdOf, watchReach } from './reach.ts';

export const lateralMovement = detector({
  id: 'lateral-movement',
  version: 2,
  meta,
  config,
  key: 'agent',
  columns: [
    'event_id',
    'time',
    'kind',
    'tenant',
    'lifecycle',
    'agent_id',
    'agent_instance',
    'session',
    'task',
    'credential',
    'producer',
    'tool_name',
    'tool_server',
    'target',
    'outcome',
    'error_status',
    'marks',
    'scope_tools',
    'scope_targets',
  ],
  kinds: ['tool_call', 'token_use', 'lifecycle'],
  attack,
  detect(options, windows) {
    const reach = watchReach(options, windows);
    const scope = watchScope(options, windows);
    const reaction = watchRevoked(options, windows);
    const stories = windows.suppress({ name: 'stories', window_ms: options.quiet_ms });

    const learn = (agent: string, event: AgentEvent): undefined => {
      reaction.learn(event);
      scope.learn(agent, event);
    };

    return (events) =>
      events.pipe(
        map((event): Finding | undefined => {
          const agent = keyOf(event.tenant, event.agent_id);
          if (event.kind === 'lifecycle') return learn(agent, event);
          const place = isMove(event) ? placeOf(event) : '';
          if (place === '' || reaction.isEcho(event)) return undefined;
          const named = scope.names(agent, event);
          // Agent and gateway may both tell of one call: each is a witness with a past of its own, or the call would count twice.
          const witness = keyOf(event.tenant, event.producer, event.agent_id);
          const story = reach.see(witness, event, place, named);
          const stray = !named && scope.holds(agent, event) ? scope.stray(witness, event, place) : undefined;
          const finding = story ? newServices(event, story, options) : stray && outsideScope(event, stray, options);
          return finding && stories.pass(agent, event.time) ? finding : undefined;
        }),
        where((finding) => finding !== undefined),
      );
  },
});

function isMove({ kind, agent_id, marks }: AgentEvent): boolean {
  return (kind === 'tool_call' || kind === 'token_use') && agent_id !== '' && !marks.includes('service_hop');
}

function newServices(event: AgentEvent, story: Story, options: z.output<typeof config>): Finding {
  const { reached, past_events } = story;
  const refused = refusedOf(reached);
  const name = thresholdOf(reached);
  const shared = evidenceOf(reached, event);
  return {
    ...shared,
    ...subjectOf(event, reached),
    reason: 'new_services',
    confidence: refused > 0 ? 0.9 : 0.8,
    summary: `Agent ${event.agent_id} reached ${reached.length} services within ${spanOf(reached, event)} that it had not used in ${past_events} events before${refused > 0 ? `, and was refused at ${refused}` : ''}.`,
    threshold_name: name,
    threshold: options[name],
    evidence: { ...shared.evidence, past_events: String(past_events) },
  };
}

function outsideScope(event: AgentEvent, reached: readonly Reached[], options: z.output<typeof config>): Finding {
  return {
    ...evidenceOf(reached, event),
    ...subjectOf(event, reached),
    reason: 'outside_scope',
    confidence: 0.9,
    summary: `Agent ${event.agent_id} reached ${reached.length} services within ${spanOf(reached, event)} that the declared scope of its task does not name.`,
    threshold_name: 'outside_scope_min',
    threshold: options.outside_scope_min,
  };
}

/** The credential, when it alone explains the story. */
function subjectOf(event: AgentEvent, reached: readonly Reached[]): Pick<Finding, 'subject_kind' | 'subject'> {
  const one = event.credential !== '' && reached.every(({ credential }) => credential === event.credential);
  return one
    ? { subject_kind: 'credential', subject: event.credential }
    : { subject_kind: 'agent', subject: event.agent_id };
}
