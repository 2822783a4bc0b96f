import type { Attack } from '../../src/detect/attack.ts';

/** A message carries a password. */
export const attack: Attack = ({ id }) => [
  {
    before_ms: 0,
    kind: 'tool_call',
    agent_id: `${id}-agent`,
    session: `${id}-session`,
    tool_name: 'send_mail',
    tool_class: 'send',
    args: { to: 'ann@example.org', password: `Planted-${id}-9d1e` },
    outcome: 'ok',
  },
];
