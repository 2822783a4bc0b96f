import type { Delivery, DoorTarget } from '../door/reporter.ts';

/** An OAuth client of the sandbox: one per agent. */
export interface SandboxClient {
  client_id: string;
  /** Scopes it may ask for, separated by blanks. */
  scope: string;
}

export interface SandboxAddresses {
  issuerUrl: string;
  apiUrl: string;
  revocationsUrl: string;
  /** Shared secret of the signed webhooks, `whsec_...`. */
  webhookSecret: string;
  /** Client secrets by client id. */
  clientSecrets: Readonly<Record<string, string>>;
  /** Everything made at this start that must never be found in what Tripline keeps: client secrets, vault values, the webhook secret. */
  secrets: readonly string[];
}

/** From the parent to the child. */
export type Order =
  | { type: 'start'; clients: readonly SandboxClient[] }
  | { type: 'report'; to: DoorTarget }
  | { type: 'drain' };

/** From the child to the parent. */
export type Report =
  | { type: 'ready'; addresses: SandboxAddresses }
  | { type: 'reporting' }
  | { type: 'drained'; delivery: Delivery }
  | { type: 'failed'; message: string };
