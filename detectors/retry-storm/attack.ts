import type { Attack } from '../../src/detect/attack.ts';
import type { RetryStormConfig } from './config.ts';

/** The same call fails in the same way until it is a storm. */
export const attack: Attack<RetryStormConfig> = ({ id, config }) =>
  Array.from({ length: config.exact_calls }, (_, i) => ({
    before_ms: (config.exact_calls - 1 - i) * 100,
    kind: 'tool_call',
    agent_id: `${id}-agent`,
    session: `${id}-session`,
    credential: `selftest:${id}`,
    tool_name: 'query',
    args: { table: 'orders' },
    outcome: 'error',
    error_type: 'timeout',
  }));
