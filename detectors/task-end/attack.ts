import type * as z from 'zod';
import type { Attack } from '../../src/detect/attack.ts';
import type { config as Config } from './config.ts';

/** A credential is issued for a task, the task ends, and it is given back a second too late. */
export const attack: Attack<z.output<typeof Config>> = ({ id, config: { grace_ms } }) => {
  const own = { kind: 'lifecycle', agent_id: `${id}-agent`, session: `${id}-session`, task: `${id}-task` };
  return [
    { ...own, before_ms: grace_ms + 2000, lifecycle: 'credential_issued', credential: `selftest:${id}` },
    { ...own, before_ms: grace_ms + 1000, lifecycle: 'task_ended' },
    { ...own, before_ms: 0, lifecycle: 'credential_revoked', credential: `selftest:${id}`, task: undefined },
  ];
};
