import type { Agent } from './agent.ts';

/** Detectors whose attack is played. */
export const ATTACKS = ['tool-chaining', 'lateral-movement', 'retry-storm', 'token-replay'] as const;
export type AttackId = (typeof ATTACKS)[number];

/** One agent of the fleet: who it is, what its tokens may do, where it runs, and its day's work. */
export interface Role {
  id: string;
  name: string;
  /** The person it works for. */
  user: string;
  /** Scopes of its tokens, separated by blanks. */
  scope: string;
  /** Address of its node, as the gateway sees it. */
  address: string;
  /** Client software as it names itself. */
  client: string;
  model: string;
  /** When it starts, after the play began. */
  starts_ms: number;
  /** The agent that delegates to it. */
  parent?: string;
  /** How it reports: the JSON of the door (default), or OpenTelemetry spans. */
  reports?: 'events' | 'otlp';
  /** Set on the four that are or become attackers. */
  attack?: AttackId;
  /** Set on the one that looks like an attack because its people planned it: what is done about it has to be taken back. */
  drill?: true;
  work(agent: Agent): Promise<void>;
}
