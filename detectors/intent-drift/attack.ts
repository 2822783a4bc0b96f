import type { Attack } from '../../src/detect/attack.ts';

/** A task that may read, and sends. */
export const attack: Attack = ({ id }) => {
  const own = { agent_id: `${id}-agent`, session: `${id}-session`, task: `${id}-task`, credential: `selftest:${id}` };
  return [
    { ...own, before_ms: 1000, kind: 'lifecycle', lifecycle: 'task_started', scope_tools: ['crm_read'] },
    { ...own, before_ms: 0, kind: 'tool_call', tool_name: 'send_mail', tool_class: 'send', outcome: 'ok' },
  ];
};
