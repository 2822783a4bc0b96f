import type { Entry, Ledger } from './ledger.ts';
import { stateOf } from './machine.ts';

/** Something that nobody should accept any more, as far as Tripline has decided. */
export interface Revoked {
  tenant: string;
  target_kind: string;
  target: string;
  credential_handles: Readonly<Record<string, string>>;
  action: string;
  order_id: string;
  /** State of its order: sent, escalated, accepted, confirmed, irrevocable or undo_requested. */
  state: string;
  /** When it was first asked for, epoch ms. */
  since: number;
}

/** Decided, whatever has come of it: a gateway refuses before an issuer has answered, and also where none could do it. */
const DECIDED: readonly string[] = [
  'sent',
  'escalated',
  'accepted',
  'confirmed',
  'failed',
  'irrevocable',
  'undo_requested',
];
const TAKEN_AWAY: readonly string[] = ['revoke', 'suspend'];

/** What is revoked at this moment; `credential` asks about one. Held, observed, expired and undone orders revoke nothing. */
export function revokedIn(ledger: Ledger, credential?: string): Revoked[] {
  const entries = credential === undefined ? ledger.all() : (ledger.watched(credential) ?? []);
  return [...entries].filter(isRevoked).map(revokedOf);
}

function isRevoked({ order, sent_at }: Entry): boolean {
  return sent_at > 0 && TAKEN_AWAY.includes(order.action) && DECIDED.includes(stateOf(order));
}

function revokedOf({ order, sent_at }: Entry): Revoked {
  const { tenant, target_kind, target, credential_handles, action, order_id, state } = order;
  return { tenant, target_kind, target, credential_handles, action, order_id, state, since: sent_at };
}
