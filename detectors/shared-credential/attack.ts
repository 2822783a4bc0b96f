import type { Attack } from '../../src/detect/attack.ts';

const HOUR_MS = 3_600_000;

/** A second agent takes the credential of the first to twelve services that the first never went to. */
export const attack: Attack = ({ id }) => {
  const use = { kind: 'token_use', credential: `selftest:${id}`, outcome: 'ok' };
  const past = Array.from({ length: 20 }, (_, i) => ({
    ...use,
    before_ms: 2 * HOUR_MS - i,
    agent_id: `${id}-owner`,
    target: `crm/${i}`,
  }));
  const taken = Array.from({ length: 12 }, (_, i) => ({
    ...use,
    before_ms: (11 - i) * 1000,
    agent_id: `${id}-thief`,
    target: `service-${i}/x`,
  }));
  return [...past, ...taken];
};
