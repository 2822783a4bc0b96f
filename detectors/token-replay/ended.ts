import type * as z from 'zod';
import type { Finding } from '../../src/detect/detector.ts';
import { keyOf } from '../../src/detect/windows/key.ts';
import type { Windows } from '../../src/detect/windows/windows.ts';
import { duration } from '../../src/detect/words.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { OURS } from '../reaction.ts';
import type { config } from './config.ts';

/** How a credential came to its end. */
interface End {
  how: 'task_ended' | 'credential_rotated' | 'credential_revoked';
  time: number;
  event_id: string;
}

/** Remembers which credentials should no longer be used, and says when one is. */
export function watchEnds(options: z.output<typeof config>, windows: Windows) {
  const ends = windows.cell<End>({ name: 'ends' });
  const tasks = windows.cell<string>({ name: 'tasks' });
  const grace = {
    task_ended: options.task_grace_ms,
    credential_rotated: options.rotation_grace_ms,
    credential_revoked: options.revocation_grace_ms,
  };

  return {
    /** Whether any credential has come to its end. */
    any: (): boolean => ends.size > 0,

    learn(event: AgentEvent): void {
      const { lifecycle, time, event_id, task } = event;
      const credential = keyOf(event.tenant, event.credential);
      if (lifecycle === 'credential_issued') {
        tasks.set(credential, time, task);
        ends.delete(credential);
      } else if (lifecycle === 'credential_reinstated') {
        // Anybody else who says so may be the thief.
        if (event.producer === OURS) ends.delete(credential);
      } else if (lifecycle === 'credential_revoked' || lifecycle === 'credential_rotated') {
        if (ends.get(credential)?.how !== 'credential_revoked')
          ends.set(credential, time, { how: lifecycle, time, event_id });
      } else if (lifecycle === 'task_ended' && task !== '' && tasks.get(credential) === task) {
        // Only a credential that was issued for this very task ends with it.
        if (ends.get(credential) === undefined) ends.set(credential, time, { how: 'task_ended', time, event_id });
      }
    },

    see(event: AgentEvent, contextIsKnown: boolean): Finding | undefined {
      if (ends.size === 0) return undefined;
      const end = ends.get(keyOf(event.tenant, event.credential));
      if (end === undefined || event.time <= end.time) return undefined;
      const late_ms = event.time - end.time;
      const patience = end.how === 'credential_rotated' && !contextIsKnown ? 0 : grace[end.how];
      return late_ms > patience ? finding(event, end, late_ms, patience) : undefined;
    },
  };
}

const WORDS = {
  task_ended: { reason: 'used_after_task', text: 'its task ended', severity: 'high', option: 'task_grace_ms' },
  credential_rotated: {
    reason: 'used_after_rotation',
    text: 'it was replaced by a new one',
    severity: 'high',
    option: 'rotation_grace_ms',
  },
  credential_revoked: {
    reason: 'used_after_revocation',
    text: 'it was revoked',
    severity: 'critical',
    option: 'revocation_grace_ms',
  },
} as const;

function finding(event: AgentEvent, end: End, late_ms: number, patience: number): Finding {
  const { reason, text, severity, option } = WORDS[end.how];
  return {
    reason,
    severity,
    subject_kind: 'credential',
    subject: event.credential,
    confidence: 0.95,
    summary: `A credential of ${event.agent_id} was used successfully ${duration(late_ms)} after ${text}.`,
    event_ids: [end.event_id, event.event_id],
    window_from: end.time,
    window_to: event.time,
    threshold_name: option,
    threshold: patience,
    observed: late_ms,
    evidence: { ended_by: end.how, target: event.target, source_ip: event.source_ip },
  };
}
