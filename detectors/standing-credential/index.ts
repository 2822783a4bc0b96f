import { map, filter as where } from 'rxjs';
import type * as z from 'zod';
import { detector, type Finding } from '../../src/detect/detector.ts';
import { keyOf } from '../../src/detect/windows/key.ts';
import { duration } from '../../src/detect/words.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { attack } from './attack.ts';
import { config } from './config.ts';
import { meta } from './meta.ts';

export const standingCredential = detector({
  id: 'standing-credential',
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
    'task',
    'session',
    'credential',
    'credential_handles',
    'outcome',
    'marks',
  ],
  attack,
  detect(options, windows) {
    const born = windows.cell<number>({ name: 'born' });
    const tasks = windows.distinctCount({
      name: 'tasks',
      window_ms: options.quiet_ms,
      entries_max: options.tasks_max + 1,
    });
    const stories = windows.suppress({ name: 'stories', window_ms: options.quiet_ms });

    const see = (event: AgentEvent): Finding | undefined => {
      const { tenant, credential, time, task } = event;
      const key = keyOf(tenant, credential);
      const since = born.get(key) ?? time;
      // Also when it is known: what is in use is not the one to forget.
      born.set(key, time, Math.min(since, time));
      const served = task === '' ? 0 : tasks.add(key, time, task);
      const standing = standingOf(event, time - since, served, options);
      return standing && stories.pass(keyOf(key, standing.reason), time) ? findingOf(event, standing) : undefined;
    };

    return (events) =>
      events.pipe(
        map((event) => {
          if (options.exempt_schemes.includes(schemeOf(event))) return undefined;
          if (event.lifecycle === 'credential_issued')
            born.set(keyOf(event.tenant, event.credential), event.time, event.time);
          return isUse(event) ? see(event) : undefined;
        }),
        where((finding) => finding !== undefined),
      );
  },
});

interface Standing {
  reason: 'no_expiry' | 'expires_late' | 'old' | 'many_tasks';
  words: string;
  threshold_name: 'lifetime_ms_max' | 'age_ms_max' | 'tasks_max';
  threshold: number;
  observed: number;
}

function isUse({ kind, outcome, marks }: AgentEvent): boolean {
  return (kind === 'tool_call' || kind === 'token_use') && outcome === 'ok' && !marks.includes('service_hop');
}

function schemeOf({ credential }: AgentEvent): string {
  return credential.slice(0, Math.max(0, credential.indexOf(':')));
}

/** The first that holds, the plainest first. */
function standingOf(
  event: AgentEvent,
  age_ms: number,
  tasks: number,
  options: z.output<typeof config>,
): Standing | undefined {
  const { lifetime_ms_max, tasks_max } = options;
  const lifetime = { threshold_name: 'lifetime_ms_max' as const, threshold: lifetime_ms_max };
  const { iss, sub, exp } = event.credential_handles;
  // A JWT: only its claims give these handles together.
  if (iss !== undefined && sub !== undefined && exp === undefined)
    return { reason: 'no_expiry', words: 'never expires', ...lifetime, observed: 0 };
  const left_ms = Number(exp) * 1000 - event.time;
  if (left_ms > lifetime_ms_max)
    return {
      reason: 'expires_late',
      words: `is good for another ${duration(left_ms)}`,
      ...lifetime,
      observed: left_ms,
    };
  const age_ms_max = options.age_ms_max_by_scheme[schemeOf(event)] ?? options.age_ms_max;
  if (age_ms > age_ms_max)
    return {
      reason: 'old',
      words: `is ${duration(age_ms)} old`,
      threshold_name: 'age_ms_max',
      threshold: age_ms_max,
      observed: age_ms,
    };
  if (tasks <= tasks_max) return undefined;
  return {
    reason: 'many_tasks',
    words: `served ${tasks} different tasks`,
    threshold_name: 'tasks_max',
    threshold: tasks_max,
    observed: tasks,
  };
}

function findingOf(event: AgentEvent, { words, ...standing }: Standing): Finding {
  const { credential, agent_id, event_id, time } = event;
  return {
    ...standing,
    subject_kind: 'credential',
    subject: credential,
    confidence: 0.9,
    summary: `A credential that ${agent_id || 'somebody'} uses ${words}.`,
    event_ids: [event_id],
    window_from: time,
    window_to: time,
  };
}
