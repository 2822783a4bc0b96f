import type { Attack } from '../../src/detect/attack.ts';

const HOUR_MS = 3_600_000;

/** Thirteen hours of 100,000 tokens each, and then a hundred times as many at once. */
export const attack: Attack = ({ id }) => {
  const used = { kind: 'model_usage', agent_id: `${id}-agent`, session: `${id}-session`, model: 'any' };
  const past = Array.from({ length: 14 }, (_, i) => ({ ...used, before_ms: (14 - i) * HOUR_MS, tokens_in: 100_000 }));
  return [...past, { ...used, before_ms: 0, tokens_in: 10_000_000 }];
};
