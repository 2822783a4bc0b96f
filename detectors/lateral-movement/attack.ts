import type { Attack } from '../../src/detect/attack.ts';

const HOUR_MS = 3_600_000;

/** An agent that has known one service for two hours reaches twelve others within as many seconds. */
export const attack: Attack = ({ id }) => {
  const call = {
    kind: 'tool_call',
    agent_id: `${id}-agent`,
    credential: `selftest:${id}`,
    tool_name: 'fetch',
    outcome: 'ok',
  };
  const past = Array.from({ length: 20 }, (_, i) => ({ ...call, before_ms: 2 * HOUR_MS - i, target: `crm/${i}` }));
  const reach = Array.from({ length: 12 }, (_, i) => ({
    ...call,
    before_ms: (11 - i) * 1000,
    target: `service-${i}/x`,
  }));
  return [...past, ...reach];
};
