import { map, filter as where } from 'rxjs';
import { detector, type Finding } from '../../src/detect/detector.ts';
import { keyOf } from '../../src/detect/windows/key.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { placeOf } from '../lateral-movement/place.ts';
import { evidenceOf, refusedOf, spanOf, thresholdOf, watchReach } from '../lateral-movement/reach.ts';
import { OURS } from '../reaction.ts';
import { attack } from './attack.ts';
import { config } from './config.ts';
import { meta } from './meta.ts';

/** When an agent first used a credential, and how much had been done with it by then. */
interface Joined {
  time: number;
  past_events: number;
}

export const sharedCredential = detector({
  id: 'shared-credential',
  version: 1,
  meta,
  config,
  key: 'credential',
  columns: [
    'event_id',
    'time',
    'kind',
    'tenant',
    'lifecycle',
    'agent_id',
    'credential',
    'credential_handles',
    'producer',
    'tool_server',
    'target',
    'outcome',
    'marks',
  ],
  attack,
  detect(options, windows) {
    const reach = watchReach(options, windows);
    const uses = windows.cell<number>({ name: 'uses' });
    const joined = windows.cell<Joined>({ name: 'joined' });
    const revoked = windows.cell<boolean>({ name: 'revoked' });
    const stories = windows.suppress({ name: 'stories', window_ms: options.quiet_ms });

    /** Another agent than those who made the credential's past. */
    const isNewcomer = (credential: string, event: AgentEvent): boolean => {
      const key = keyOf(credential, event.agent_id);
      const past_events = uses.get(credential) ?? 0;
      uses.set(credential, event.time, past_events + 1);
      const first = joined.get(key) ?? { time: event.time, past_events };
      joined.set(key, event.time, first);
      return first.past_events >= options.baseline_events_min && event.time - first.time <= options.window_ms;
    };

    return (events) =>
      events.pipe(
        map((event): Finding | undefined => {
          const credential = keyOf(event.tenant, event.credential);
          if (event.lifecycle === 'credential_revoked') revoked.set(credential, event.time, true);
          if (event.lifecycle === 'credential_reinstated' && event.producer === OURS) revoked.delete(credential);
          const place = isMove(event) ? placeOf(event) : '';
          if (place === '' || (event.outcome === 'denied' && revoked.get(credential))) return undefined;
          // Each witness apart, as in lateral-movement.
          const witness = keyOf(event.tenant, event.producer, event.credential);
          const newcomer = isNewcomer(witness, event);
          const story = reach.see(witness, event, place, false);
          if (!story || !newcomer || !stories.pass(credential, event.time)) return undefined;
          const { reached, past_events } = story;
          const name = thresholdOf(reached);
          const shared = evidenceOf(reached, event);
          return {
            ...shared,
            reason: 'taken_along',
            subject_kind: 'credential',
            subject: event.credential,
            confidence: refusedOf(reached) > 0 ? 0.9 : 0.8,
            summary: `Agent ${event.agent_id} took a credential that others had used ${past_events} times to ${reached.length} services it was never used for, within ${spanOf(reached, event)}.`,
            threshold_name: name,
            threshold: options[name],
            evidence: { ...shared.evidence, past_events: String(past_events) },
          };
        }),
        where((finding) => finding !== undefined),
      );
  },
});

function isMove({ kind, agent_id, marks }: AgentEvent): boolean {
  return (kind === 'tool_call' || kind === 'token_use') && agent_id !== '' && !marks.includes('service_hop');
}
