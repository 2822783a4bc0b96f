import type { PostedEvent } from '../../src/event/event.ts';
import type { SandboxAddresses } from '../sandbox/types.ts';
import type { AttackId, Role } from './role.ts';

/** One thing that an agent did, for a person who watches. */
export interface Step {
  /** Epoch ms. */
  time: number;
  agent_id: string;
  attack?: AttackId;
  text: string;
  outcome: 'ok' | 'error' | 'denied';
}

/** What all agents of a play share. */
export interface World {
  sandbox: Pick<SandboxAddresses, 'issuerUrl' | 'apiUrl' | 'clientSecrets'>;
  /** Makes the ids of this run differ from those of any other: the door forgets repeated events. */
  run: string;
  seed: number;
  /** Factor of all pauses; 1 is the pace for people. */
  pace: number;
  signal: AbortSignal;
  report(role: Role, event: PostedEvent): void;
  onStep(step: Step): void;
}
