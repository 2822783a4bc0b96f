import { map, filter as where } from 'rxjs';
import { detector, type Finding } from '../../src/detect/detector.ts';
import { keyOf } from '../../src/detect/windows/key.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { attack } from './attack.ts';
import { config } from './config.ts';
import { watchContexts } from './contexts.ts';
import { watchEnds } from './ended.ts';
import { meta } from './meta.ts';

export const tokenReplay = detector({
  id: 'token-replay',
  version: 1,
  meta,
  config,
  key: 'credential',
  columns: [
    'event_id',
    'time',
    'kind',
    'lifecycle',
    'tenant',
    'producer',
    'agent_id',
    'agent_instance',
    'session',
    'task',
    'credential',
    'credential_handles',
    'credential_jkt',
    'target',
    'outcome',
    'source_ip',
    'source_asn',
    'user_agent',
    'marks',
  ],
  attack,
  detect(options, windows) {
    const contexts = watchContexts(options, windows);
    const ends = watchEnds(options, windows);
    const stories = windows.suppress({ name: 'stories', window_ms: options.quiet_ms });
    return (events) =>
      events.pipe(
        map((event): Finding | undefined => {
          if (event.kind === 'lifecycle') {
            ends.learn(event);
            return undefined;
          }
          if (!isUse(event)) return undefined;
          const known = !ends.any() || contexts.isKnown(event);
          const finding = contexts.see(event) ?? ends.see(event, known);
          return finding && stories.pass(keyOf(event.tenant, event.credential, finding.reason), event.time)
            ? finding
            : undefined;
        }),
        where((finding) => finding !== undefined),
      );
  },
});

/** A use that worked. A refused one shows that the credential is dead, and a hop inside a service shows nothing. */
function isUse({ kind, outcome, marks }: AgentEvent): boolean {
  return (kind === 'token_use' || kind === 'tool_call') && outcome === 'ok' && !marks.includes('service_hop');
}
