import { config as reach } from '../lateral-movement/config.ts';

/** What makes a past and what makes a move is the same whoever moves: an agent, or a credential. */
export const config = reach.omit({ outside_scope_min: true, revoked_ms: true });
