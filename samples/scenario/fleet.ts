import type { SandboxClient } from '../sandbox/types.ts';
import { LATERAL_MOVEMENT } from './attacks/lateral-movement.ts';
import { RETRY_STORM } from './attacks/retry-storm.ts';
import { TOKEN_REPLAY } from './attacks/token-replay.ts';
import { TOOL_CHAINING } from './attacks/tool-chaining.ts';
import { DRILL } from './drill.ts';
import { CUSTOMERS } from './honest/customers.ts';
import { FINANCE } from './honest/finance.ts';
import { KNOWLEDGE_WORK } from './honest/knowledge.ts';
import { PLATFORM } from './honest/platform.ts';
import type { Role } from './role.ts';

/** Everybody in the play. */
export const FLEET: readonly Role[] = [
  ...CUSTOMERS,
  ...FINANCE,
  ...PLATFORM,
  ...KNOWLEDGE_WORK,
  TOOL_CHAINING,
  LATERAL_MOVEMENT,
  RETRY_STORM,
  TOKEN_REPLAY,
  DRILL,
];

/** The OAuth clients that the sandbox needs for them. */
export const CLIENTS: readonly SandboxClient[] = FLEET.map(({ id, scope }) => ({ client_id: id, scope }));
