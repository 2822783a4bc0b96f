import { setTimeout as delay } from 'node:timers/promises';
import type { PostedEvent } from '../../src/event/event.ts';
import type { Agent } from './agent.ts';
import type { World } from './world.ts';

/** Somebody wants this one's token gone: it can pay. */
export const VICTIM = 'payables-clerk';

export interface Forgery {
  agent_id: string;
  /** The handle of the token that was to be taken away. */
  token_id: string;
  session: string;
  /** What it passed off as the token. */
  token: string;
}

const CALLS = 8;
const LOOK_MS = 100;
const AFTER_MS = 400;
const GAP_MS = 60;

/**
 * Reports, with a key of its own, a storm that never happened: in the name of another agent and with the handle of its token. Monitors that
 * believe whoever speaks would have the token revoked for it.
 */
export async function forge(
  { run, pace, signal, sandbox }: World,
  victim: Agent,
  report: (event: PostedEvent) => void,
): Promise<Forgery> {
  const wait = (ms: number) => delay(Math.round(ms * pace), undefined, { signal });
  while (victim.identity.token === undefined) await wait(LOOK_MS);
  const { token_id } = victim.identity.token;
  const session = `${VICTIM}-${run}-made-up`;
  const token = `made-up-${run}-${'0'.repeat(24)}`;
  await wait(AFTER_MS);
  for (let i = 0; i < CALLS; i++) {
    report({
      kind: 'tool_call',
      event_id: `${session}-e${i}`,
      time: new Date().toISOString(),
      agent_id: VICTIM,
      session,
      token,
      credential_handles: { iss: sandbox.issuerUrl, client_id: VICTIM, token_id },
      tool_name: 'payments_create_transfer',
      target: 'payments/transfers',
      args: { amount: 9999 },
      outcome: 'error',
      error_type: 'server_error',
      error_status: 500,
    });
    await wait(GAP_MS);
  }
  return { agent_id: VICTIM, token_id, session, token };
}
