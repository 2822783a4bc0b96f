import { keyOf } from '../src/detect/windows/key.ts';
import type { Windows } from '../src/detect/windows/windows.ts';
import type { AgentEvent } from '../src/event/event.ts';

/** The producer of what Tripline does itself. */
export const OURS = 'tripline';

export interface ReactionOptions {
  /** How long after our revocation an agent's refusals (401) that name no credential are its echo. */
  revoked_ms: number;
  keys_max?: number;
}

/** Knows the refusals that follow a revocation: they are its echo, and nothing that a detector should hold against anybody. */
export function watchRevoked({ revoked_ms, keys_max }: ReactionOptions, windows: Windows) {
  /** By credential and, for those of which only Tripline knows that they are dead, by agent: the time. */
  const revoked = windows.cell<number>({ name: 'revoked', ...(keys_max && { keys_max }) });
  const credentialOf = ({ tenant, credential }: AgentEvent) => keyOf(tenant, credential);
  const agentOf = ({ tenant, agent_id }: AgentEvent) => keyOf(tenant, 'agent', agent_id);
  const isRevoked = (event: AgentEvent) =>
    revoked.size > 0 && event.credential !== '' && revoked.get(credentialOf(event)) !== undefined;

  return {
    learn(event: AgentEvent): void {
      const { lifecycle, credential, agent_id, producer, time } = event;
      if (lifecycle === 'credential_issued') revoked.delete(agentOf(event));
      if (lifecycle === 'credential_reinstated' && producer === OURS) {
        revoked.delete(credentialOf(event));
        revoked.delete(agentOf(event));
      }
      if (lifecycle !== 'credential_revoked' || credential === '') return;
      revoked.set(credentialOf(event), time, time);
      if (producer === OURS && agent_id !== '') revoked.set(agentOf(event), time, time);
    },

    /** Whether the credential that it names was revoked, however it was answered. */
    isRevoked,

    isEcho(event: AgentEvent): boolean {
      if (event.outcome !== 'denied') return false;
      if (event.credential !== '') return isRevoked(event);
      // Agents that report by OpenTelemetry name no credential: 401 says that it was a dead one.
      const time = event.error_status === 401 ? revoked.get(agentOf(event)) : undefined;
      return time !== undefined && event.time - time <= revoked_ms;
    },
  };
}
