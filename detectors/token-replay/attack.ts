import type { Attack } from '../../src/detect/attack.ts';

/** A second program on another network has the token a second later. */
export const attack: Attack = ({ id }) => {
  const use = {
    kind: 'token_use',
    agent_id: `${id}-agent`,
    credential: `selftest:${id}`,
    outcome: 'ok',
    target: 'crm',
  };
  return [
    { ...use, before_ms: 1000, source_ip: '198.51.100.7', user_agent: 'crm-agent/1.0' },
    { ...use, before_ms: 0, source_ip: '203.0.113.9', user_agent: 'curl/8.9' },
  ];
};
