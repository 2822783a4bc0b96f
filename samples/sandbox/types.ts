/** An OAuth client of the sandbox: one per agent. */
export interface SandboxClient {
  client_id: string;
  /** Scopes it may ask for, separated by blanks. */
  scope: string;
}

/** Where the gateway of the sandbox reports the uses of tokens that it sees. */
export interface ReportTarget {
  ingestUrl: string;
  /** API key of producer `sample-gateway`; without one the door decides who is speaking. */
  key?: string;
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

/** How many events the gateway told the door, and what became of them. */
export interface Delivery {
  accepted: number;
  rejected: number;
  /** Given up: the door was not there, or the waiting ones were more than the limit. */
  lost: number;
}

/** From the parent to the child. */
export type Order =
  | { type: 'start'; clients: readonly SandboxClient[] }
  | { type: 'report'; to: ReportTarget }
  | { type: 'drain' };

/** From the child to the parent. */
export type Report =
  | { type: 'ready'; addresses: SandboxAddresses }
  | { type: 'reporting' }
  | { type: 'drained'; delivery: Delivery }
  | { type: 'failed'; message: string };
