import type * as z from 'zod';
import type { Attack } from '../../src/detect/attack.ts';
import type { config as Config } from './config.ts';

/** Somebody touches the first thing that is planted; nothing where nothing is. */
export const attack: Attack<z.output<typeof Config>> = ({ id, config: { tools, targets, credentials } }) => {
  const named = (patterns: readonly string[]) => patterns[0]?.replaceAll('*', 'x');
  const touch = {
    before_ms: 0,
    kind: 'tool_call',
    agent_id: `${id}-agent`,
    credential: named(credentials) ?? `selftest:${id}`,
    tool_name: named(tools) ?? 'fetch',
    target: named(targets) ?? 'crm/1',
    outcome: 'ok',
  };
  return [...tools, ...targets, ...credentials].length === 0 ? [] : [touch];
};
