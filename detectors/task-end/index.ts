import { map, merge, mergeMap } from 'rxjs';
import { detector, type Finding } from '../../src/detect/detector.ts';
import { keyOf } from '../../src/detect/windows/key.ts';
import { duration } from '../../src/detect/words.ts';
import { attack } from './attack.ts';
import { config } from './config.ts';
import { meta } from './meta.ts';

/** A credential of a task. */
interface Issued {
  credential: string;
  handles: Readonly<Record<string, string>>;
  event_id: string;
}

/** A credential whose task has ended. */
interface Left extends Issued {
  tenant: string;
  agent_id: string;
  session: string;
  task: string;
  ended: number;
  end_id: string;
}

export const taskEnd = detector({
  id: 'task-end',
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
    'session',
    'task',
    'credential',
    'credential_previous',
    'credential_handles',
  ],
  kinds: ['lifecycle'],
  attack,
  detect({ grace_ms, credentials_max }, windows) {
    const issued = windows.recent<Issued>({ name: 'issued', entries_max: credentials_max });
    const left = windows.absence<Left>({ name: 'left', within_ms: grace_ms });
    /** Ended otherwise: nothing is left of it. */
    const ended = windows.cell<boolean>({ name: 'ended' });

    return (events) =>
      merge(
        events.pipe(
          mergeMap((event): readonly Finding[] => {
            const { tenant, agent_id, session, task, time, event_id, lifecycle, credential } = event;
            const ofTask = keyOf(tenant, agent_id, task);
            const ofCredential = (fingerprint: string) => keyOf(tenant, fingerprint);
            if (lifecycle === 'credential_issued' && task !== '' && credential !== '')
              issued.push(ofTask, time, { credential, handles: { ...event.credential_handles }, event_id });
            if (lifecycle === 'credential_revoked' || lifecycle === 'credential_rotated') {
              const gone = lifecycle === 'credential_rotated' ? event.credential_previous || credential : credential;
              ended.set(ofCredential(gone), time, true);
              left.cancel(ofCredential(gone));
            }
            if (lifecycle !== 'task_ended' || task === '') return [];
            for (const each of issued.get(ofTask)) {
              if (ended.get(ofCredential(each.credential)) === true) continue;
              const story = { ...each, tenant, agent_id, session, task, ended: time, end_id: event_id };
              left.open(ofCredential(each.credential), time, story);
            }
            issued.reset(ofTask);
            return [];
          }),
        ),
        left.expired.pipe(map(({ value }) => findingOf(value, grace_ms))),
      );
  },
});

function findingOf(left: Left, grace_ms: number): Finding {
  const { tenant, agent_id, session, task, credential, handles, ended } = left;
  return {
    reason: 'left_over',
    subject_kind: 'credential',
    subject: credential,
    confidence: 1,
    summary: `The task ${task} of ${agent_id} ended ${duration(grace_ms)} ago, and a credential that was issued for it still stands.`,
    event_ids: [left.event_id, left.end_id],
    window_from: ended,
    window_to: ended + grace_ms,
    threshold_name: 'grace_ms',
    threshold: grace_ms,
    observed: grace_ms,
    about: { tenant, agent_id, session, task, credential, credential_handles: handles },
  };
}
