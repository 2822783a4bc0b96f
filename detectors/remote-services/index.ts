import { map, filter as where } from 'rxjs';
import { detector, type Finding } from '../../src/detect/detector.ts';
import { keyOf } from '../../src/detect/windows/key.ts';
import { duration } from '../../src/detect/words.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { attack } from './attack.ts';
import { config } from './config.ts';
import { meta } from './meta.ts';
import { credentialOf, type Story, watchPairs } from './pairs.ts';
import { isLoopback, type Options, SIGNS, signOf } from './sign.ts';

export const remoteServices = detector({
  id: 'remote-services',
  version: 1,
  meta,
  config,
  // A logon, a connection and a share are told with the address they came from: the source sees both ends of its pairs.
  key: 'agent',
  columns: [
    'event_id',
    'time',
    'kind',
    'tenant',
    'agent_id',
    'agent_instance',
    'user',
    'credential',
    'credential_handles',
    'tool_name',
    'target',
    'outcome',
    'attributes',
  ],
  kinds: ['tool_call', 'token_use'],
  attack,
  detect(options, windows) {
    const pairs = watchPairs(options, windows);
    const stories = windows.suppress({ name: 'stories', window_ms: options.quiet_ms });
    return (events) =>
      events.pipe(
        where((event) => isRecord(event)),
        map((event): Finding | undefined => {
          pairs.learn(event);
          for (const sign of signOf(event, options)) {
            const story = pairs.see(event, sign);
            if (story && stories.pass(keyOf(event.tenant, event.agent_id), event.time))
              return findingOf(event, story, options);
          }
          return undefined;
        }),
        where((finding) => finding !== undefined),
      );
  },
});

function isRecord({ kind, agent_id, agent_instance }: AgentEvent): boolean {
  if (kind !== 'token_use' && kind !== 'tool_call') return false;
  return agent_id !== '' && agent_instance !== '' && agent_id !== agent_instance && !isLoopback(agent_id);
}

function findingOf(event: AgentEvent, { place, seen }: Story, options: Options): Finding {
  const { credential, about } = credentialOf(seen);
  const first = seen[0]!;
  const last = seen.at(-1)!;
  const host = place.replace(/^@/, '');
  const who = credential === '' ? event.agent_id : `${event.agent_id} as ${credential.replace(/^[^:]*:/, '')}`;
  return {
    reason: 'moved_to_host',
    subject_kind: credential === '' ? 'agent' : 'credential',
    subject: credential === '' ? event.agent_id : credential,
    confidence: seen.length > 2 ? 0.9 : 0.8,
    summary: `${who} reached into host ${host}: ${seen.length} kinds of signs within ${duration(last.time - first.time)} (${seen.map(({ kind }) => SIGNS[kind]).join('; ')}).`,
    event_ids: [...new Set(seen.map(({ id }) => id))],
    window_from: first.time,
    window_to: last.time,
    threshold_name: 'signs_min',
    threshold: options.signs_min,
    observed: seen.length,
    evidence: { source: event.agent_id, destination: host, signs: seen.map(({ kind }) => kind).join(', ') },
    ...(about && { about }),
  };
}
