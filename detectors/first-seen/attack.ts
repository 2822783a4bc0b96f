import type { Attack } from '../../src/detect/attack.ts';

const DAY_MS = 86_400_000;

/** After a day of two tools in three sessions, a third tool. */
export const attack: Attack = ({ id }) => {
  const call = {
    kind: 'tool_call',
    agent_id: `${id}-agent`,
    credential: `selftest:${id}`,
    tool_class: 'read',
    target: 'crm/1',
    outcome: 'ok',
  };
  const past = Array.from({ length: 60 }, (_, i) => ({
    ...call,
    before_ms: DAY_MS + 60_000 - i,
    session: `${id}-${i % 3}`,
    tool_name: `known-${i % 2}`,
  }));
  return [...past, { ...call, before_ms: 0, session: `${id}-today`, tool_name: 'new' }];
};
