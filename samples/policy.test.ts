import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPolicy } from '../src/respond/policy.ts';
import { ATTACKS } from './scenario/role.ts';

describe('the policy of the sample', () => {
  const { rules } = loadPolicy(readFileSync(join(import.meta.dirname, 'policy.yaml'), 'utf8'));

  it('revokes the credential at the sandbox for each of the four attacks, suspends a drill, and only observes the rest', () => {
    const [drills, ...others] = rules;
    const enforced = others.filter(({ mode }) => mode === 'enforce');
    expect(drills).toMatchObject({ action: 'suspend', target: 'credential', receivers: ['sandbox-gateway'] });
    expect(enforced.flatMap(({ match }) => match.detector ?? []).sort()).toEqual([...ATTACKS].sort());
    for (const rule of enforced)
      expect(rule).toMatchObject({ action: 'revoke', target: 'credential', receivers: ['sandbox'], proof: 'stream' });
    expect(rules.at(-1)).toMatchObject({ mode: 'observe', match: {} });
  });
});
