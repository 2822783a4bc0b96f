import type { Attack } from '../../src/detect/attack.ts';

/** A token of an issuer that names no expiry. */
export const attack: Attack = ({ id }) => [
  {
    before_ms: 0,
    kind: 'token_use',
    agent_id: `${id}-agent`,
    credential: `selftest:${id}`,
    credential_handles: { iss: 'https://idp.example', sub: id },
    outcome: 'ok',
    target: 'crm',
  },
];
