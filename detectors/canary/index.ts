import { map, filter as where } from 'rxjs';
import type * as z from 'zod';
import { detector, type Finding } from '../../src/detect/detector.ts';
import { keyOf } from '../../src/detect/windows/key.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { firstFit } from '../../src/event/glob.ts';
import { attack } from './attack.ts';
import { config } from './config.ts';
import { meta } from './meta.ts';

export const canary = detector({
  id: 'canary',
  version: 1,
  meta,
  config,
  key: 'agent',
  columns: [
    'event_id',
    'time',
    'kind',
    'tenant',
    'agent_id',
    'agent_instance',
    'session',
    'credential',
    'credential_handles',
    'tool_name',
    'target',
    'outcome',
    'source_ip',
  ],
  kinds: ['tool_call', 'token_use'],
  attack,
  detect(options, windows) {
    const stories = windows.suppress({ name: 'stories', window_ms: options.quiet_ms });
    return (events) =>
      events.pipe(
        map((event): Finding | undefined => {
          const touched = isCall(event) ? touchedBy(event, options) : undefined;
          if (touched === undefined) return undefined;
          const story = keyOf(event.tenant, event.agent_id, touched.reason, touched.what);
          return stories.pass(story, event.time) ? findingOf(event, touched) : undefined;
        }),
        where((finding) => finding !== undefined),
      );
  },
});

interface Touched {
  reason: 'credential' | 'tool' | 'target';
  what: string;
}

function touchedBy(event: AgentEvent, options: z.output<typeof config>): Touched | undefined {
  if (options.credentials.length + options.tools.length + options.targets.length === 0) return undefined;
  const { credential, tool_name, target, agent_id } = event;
  if (firstFit(options.exempt_agents, agent_id) !== undefined) return undefined;
  if (firstFit(options.credentials, credential) !== undefined) return { reason: 'credential', what: credential };
  if (firstFit(options.tools, tool_name) !== undefined) return { reason: 'tool', what: tool_name };
  if (firstFit(options.targets, target) !== undefined) return { reason: 'target', what: target };
  return undefined;
}

function isCall({ kind }: AgentEvent): boolean {
  return kind === 'tool_call' || kind === 'token_use';
}

/** The subject is who touched it: to revoke the planted credential itself would only take the canary away. */
function findingOf(event: AgentEvent, { reason, what }: Touched): Finding {
  const { agent_id, credential, time, event_id, outcome, source_ip } = event;
  const own = reason === 'credential' ? '' : credential;
  const who = agent_id || source_ip || 'Somebody';
  return {
    reason,
    subject_kind: own === '' ? 'agent' : 'credential',
    subject: own || agent_id || source_ip,
    confidence: 0.99,
    summary: `${who} touched the planted ${reason} ${what}, which nobody has a reason to touch (${outcome || 'outcome unknown'}).`,
    event_ids: [event_id],
    window_from: time,
    window_to: time,
    threshold_name: `${reason}s`,
    threshold: 1,
    observed: 1,
    evidence: { planted: what, source_ip },
    ...(own === '' && { about: { credential: '', credential_handles: {} } }),
  };
}
