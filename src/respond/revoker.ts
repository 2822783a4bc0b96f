import type * as z from 'zod';
import type { SubjectKind } from '../alert/alert.ts';
import type { Action, Order } from '../order/order.ts';
import type { Signer } from '../signing/signer.ts';

export interface RevokerMeta {
  title: string;
  /** Against what its tests run: a real receiver of this kind, or answers recorded from one or from its public documents. */
  tested: 'real' | 'recorded';
  /** What it needs at the receiver, in the receiver's words. */
  permissions: readonly string[];
  /** How the result is proven. */
  proof: string;
  /** A configuration that parses. */
  example: Readonly<Record<string, unknown>>;
}

/** What a receiver of this kind can do; anything else is refused before an attempt. */
export interface Capabilities {
  actions: readonly Action[];
  targets: readonly SubjectKind[];
  /** Handles of which at least one must be there; empty when the fingerprint is enough. */
  handles: readonly string[];
  undo: boolean;
}

export type RevokeResult =
  /** The receiver said yes. `proof` is set when its answer proves that the credential is dead. */
  | { status: 'accepted'; http_status?: number; proof?: string; detail?: string }
  /** Try again, not before `retry_after_ms`. */
  | { status: 'retry'; http_status?: number; retry_after_ms?: number; detail: string }
  /** Will not work however often it is tried. */
  | { status: 'failed'; http_status?: number; detail: string };

/** What a receiver says of an order after its answer. */
export interface Said {
  order_id: string;
  status: 'confirmed' | 'refused' | 'undone';
  proof?: string;
  detail?: string;
}

/** A configured receiver. */
export interface Receiver {
  readonly capabilities: Capabilities;
  /** Tries the receiver without harm; resolves with a sentence, rejects with TRIPLINE_RECEIVER_FAILED. */
  check(signal: AbortSignal): Promise<string>;
  /** Idempotent by order.order_id. Never rejects for what the receiver did. */
  revoke(order: Order, signal: AbortSignal): Promise<RevokeResult>;
  undo?(order: Order, signal: AbortSignal): Promise<RevokeResult>;
  /** Asks the issuer whether the credential is dead; undefined when it cannot tell. */
  prove?(order: Order, signal: AbortSignal): Promise<string | undefined>;
  /**
   * Reads what somebody posted; undefined when it is not signed by this receiver. Header names are in lower case.
   * @throws TriplineError TRIPLINE_INPUT_UNREADABLE when it is, and cannot be read
   */
  feedback?(headers: Readonly<Record<string, string>>, body: string): Said | undefined;
  close?(): Promise<void>;
}

/** What a receiver may use of the installation. */
export interface Tools {
  signer: Signer;
}

/** How one kind of credential is taken away: one folder in src/respond/revokers/ and one line of its list. */
export interface Revoker<C extends z.ZodType = z.ZodType> {
  readonly id: string;
  readonly meta: RevokerMeta;
  /** Strict object, every option described. Secrets are named by environment variable or file, never written down. */
  readonly config: C;
  create(config: z.output<C>, name: string, tools?: Tools): Receiver;
}

export function revoker<C extends z.ZodType>(definition: Revoker<C>): Revoker<C> {
  return definition;
}
