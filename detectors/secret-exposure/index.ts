import { map, filter as where } from 'rxjs';
import { detector, type Finding } from '../../src/detect/detector.ts';
import { keyOf } from '../../src/detect/windows/key.ts';
import { duration } from '../../src/detect/words.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { attack } from './attack.ts';
import { config } from './config.ts';
import { gravityOf } from './gravity.ts';
import { meta } from './meta.ts';

/** The first time that a secret was shown. */
interface Shown {
  time: number;
  event_id: string;
  agent: string;
  tool: string;
}

export const secretExposure = detector({
  id: 'secret-exposure',
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
    'agent_instance',
    'session',
    'task',
    'credential',
    'credential_handles',
    'tool_name',
    'tool_class',
    'target',
    'outcome',
    'source_ip',
    'marks',
  ],
  attack,
  detect(options, windows) {
    const shown = windows.cell<Shown>({ name: 'shown' });
    const holders = windows.recent<string>({ name: 'holders', entries_max: options.holders_max });
    const stories = windows.suppress({ name: 'stories', window_ms: options.quiet_ms });
    const hold = (credential: string, { time }: AgentEvent, agent: string) => {
      if (!holders.get(credential).includes(agent)) holders.push(credential, time, agent);
    };

    const show = (credential: string, event: AgentEvent): Finding | undefined => {
      const { time, event_id, tool_name } = event;
      const agent = whoOf(event);
      hold(credential, event, agent);
      if (shown.get(credential) === undefined) shown.set(credential, time, { time, event_id, agent, tool: tool_name });
      const gravity = gravityOf(event);
      return gravity && stories.pass(credential, time) ? exposure(event, gravity) : undefined;
    };
    const use = (credential: string, event: AgentEvent): Finding | undefined => {
      const agent = whoOf(event);
      const known = shown.get(credential);
      if (known === undefined || event.time - known.time > options.remember_ms) {
        hold(credential, event, agent);
        return undefined;
      }
      if (event.outcome !== 'ok' || holders.get(credential).includes(agent)) return undefined;
      return stories.pass(keyOf(credential, agent), event.time) ? copy(event, known, options.remember_ms) : undefined;
    };

    return (events) =>
      events.pipe(
        map((event) => {
          const credential = keyOf(event.tenant, event.credential);
          if (event.lifecycle === 'credential_exposed') return show(credential, event);
          return isUse(event) ? use(credential, event) : undefined;
        }),
        where((finding) => finding !== undefined),
      );
  },
});

function isUse({ kind, marks }: AgentEvent): boolean {
  return (kind === 'tool_call' || kind === 'token_use') && !marks.includes('service_hop');
}

/** An agent, or an address where nobody says which agent it is. */
function whoOf({ agent_id, agent_instance, source_ip }: AgentEvent): string {
  return agent_id || agent_instance || source_ip;
}

function exposure(event: AgentEvent, { severity, words, confidence }: ReturnType<typeof gravityOf> & object): Finding {
  const { credential, time, event_id, tool_name } = event;
  return {
    reason: 'shown',
    subject_kind: 'credential',
    subject: credential,
    severity,
    confidence,
    summary: `${whoOf(event)} ${words} ${tool_name || 'an event'}: the secret has to be changed.`,
    event_ids: [event_id],
    window_from: time,
    window_to: time,
    threshold_name: 'secrets',
    threshold: 1,
    observed: 1,
    evidence: { tool: tool_name, target: event.target },
  };
}

function copy(event: AgentEvent, { time, event_id, agent, tool }: Shown, remember_ms: number): Finding {
  const who = whoOf(event);
  return {
    reason: 'copy_used',
    subject_kind: 'credential',
    subject: event.credential,
    severity: 'high',
    confidence: 0.85,
    summary: `${who} used a credential ${duration(event.time - time)} after ${agent} had shown it in ${tool || 'an event'}, and had not used it before.`,
    event_ids: [event_id, event.event_id],
    window_from: time,
    window_to: event.time,
    threshold_name: 'remember_ms',
    threshold: remember_ms,
    observed: event.time - time,
    evidence: { shown_by: agent, used_by: who },
  };
}
