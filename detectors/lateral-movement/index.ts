import { map, filter as where } from 'rxjs';
import type * as z from 'zod';
import { detector, type Finding } from '../../src/detect/detector.ts';
import { keyOf } from '../../src/detect/windows/key.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { config } from './config.ts';
import { meta } from './meta.ts';
import { isInScope, placeOf, type Scope } from './place.ts';

const RECENT_EVENTS = 10;
const SERVICES_MAX = 512;

/** A service reached for the first time, and how it answered. */
interface Reached {
  place: string;
  id: string;
  time: number;
  refused: boolean;
  credential: string;
}

export const lateralMovement = detector({
  id: 'lateral-movement',
  version: 1,
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
    'credential',
    'producer',
    'tool_name',
    'tool_server',
    'target',
    'outcome',
    'marks',
    'scope_tools',
    'scope_targets',
  ],
  detect(options, windows) {
    const services = windows.firstSeen({ name: 'services', entries_max: SERVICES_MAX });
    const past = windows.cell<{ events: number; since: number }>({ name: 'past' });
    const fresh = windows.recent<Reached>({ name: 'fresh', entries_max: 2 * options.new_services_min });
    const recent = windows.recent<boolean>({ name: 'recent', entries_max: RECENT_EVENTS });
    const scopes = windows.cell<Scope>({ name: 'scopes' });
    const revoked = windows.cell<boolean>({ name: 'revoked' });
    const stories = windows.suppress({ name: 'stories', window_ms: options.quiet_ms });

    const learn = (event: AgentEvent): void => {
      if (event.lifecycle === 'credential_revoked')
        revoked.set(keyOf(event.tenant, event.credential), event.time, true);
      if (event.lifecycle === 'task_started' || event.lifecycle === 'session_started') {
        if (event.scope_tools.length + event.scope_targets.length === 0) return;
        const scope = { tools: [...event.scope_tools], targets: [...event.scope_targets] };
        scopes.set(keyOf(event.tenant, event.agent_id), event.time, scope);
      }
    };

    return (events) =>
      events.pipe(
        map((event): Finding | undefined => {
          if (event.kind === 'lifecycle') learn(event);
          const place = isMove(event) ? placeOf(event) : '';
          if (place === '' || isEcho(event, revoked.get(keyOf(event.tenant, event.credential)))) return undefined;
          // Agent and gateway may both tell of one call: each is a witness with a past of its own, or the call would count twice.
          const agent = keyOf(event.tenant, event.producer, event.agent_id);
          const before = past.get(agent) ?? { events: 0, since: event.time };
          past.set(agent, event.time, { events: before.events + 1, since: Math.min(before.since, event.time) });
          const isNew =
            services.add(agent, event.time, place) &&
            !isInScope(event, scopes.get(keyOf(event.tenant, event.agent_id)));
          const learning =
            before.events < options.baseline_events_min || event.time - before.since < options.baseline_ms_min;
          const share = shareOf(recent.push(agent, event.time, isNew && !learning));
          if (!isNew || learning) return undefined;
          const reached = fresh
            .push(agent, event.time, {
              place,
              id: event.event_id,
              time: event.time,
              refused: event.outcome === 'denied',
              credential: event.credential,
            })
            .filter(({ time }) => event.time - time <= options.window_ms);
          const finding = judge(event, reached, share, before, options);
          return finding && stories.pass(keyOf(event.tenant, event.agent_id), event.time) ? finding : undefined;
        }),
        where((finding) => finding !== undefined),
      );
  },
});

function isMove({ kind, agent_id, marks }: AgentEvent): boolean {
  return (kind === 'tool_call' || kind === 'token_use') && agent_id !== '' && !marks.includes('service_hop');
}

/** What a revoked credential is refused is our own echo. */
function isEcho(event: AgentEvent, revoked: boolean | undefined): boolean {
  return event.outcome === 'denied' && event.credential !== '' && revoked === true;
}

function shareOf(recent: readonly boolean[]): number {
  return recent.filter(Boolean).length / recent.length;
}

function judge(
  event: AgentEvent,
  reached: readonly Reached[],
  share: number,
  past: { events: number; since: number },
  options: z.output<typeof config>,
): Finding | undefined {
  const refused = reached.filter((each) => each.refused).length;
  const name = refused > 0 ? 'new_services_refused_min' : 'new_services_min';
  if (reached.length < options[name] || share < options.new_share_min) return undefined;
  const first = reached[0]!;
  const oneCredential = event.credential !== '' && reached.every(({ credential }) => credential === event.credential);
  const seconds = Math.round((event.time - first.time) / 100) / 10;
  return {
    reason: 'new_services',
    subject_kind: oneCredential ? 'credential' : 'agent',
    subject: oneCredential ? event.credential : event.agent_id,
    confidence: refused > 0 ? 0.9 : 0.8,
    summary: `Agent ${event.agent_id} reached ${reached.length} services within ${seconds} s that it had not used in ${past.events} events before${refused > 0 ? `, and was refused at ${refused}` : ''}.`,
    event_ids: reached.map(({ id }) => id),
    window_from: first.time,
    window_to: event.time,
    threshold_name: name,
    threshold: options[name],
    observed: reached.length,
    evidence: {
      services: reached.map(({ place }) => place).join(', '),
      refused: String(refused),
      past_events: String(past.events),
    },
  };
}
