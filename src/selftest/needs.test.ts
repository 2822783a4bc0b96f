import { describe, expect, it } from 'vitest';
import { DETECTORS } from '../../detectors/index.ts';
import { needsOf } from './needs.ts';

const CONFIGS: Record<string, object> = { canary: { tools: ['bait_*'] } };

describe('what a detector cannot do without', () => {
  it.each(DETECTORS.map((detector) => [detector.id, detector] as const))(
    'is known of %s, because its attack makes it fire',
    (id, detector) => {
      expect(needsOf(detector, CONFIGS[id])).toBeInstanceOf(Array);
    },
  );

  it.each([
    ['token-replay', ['source_ip', 'credential', 'user_agent']],
    ['tool-chaining', ['tool_class', 'args_values']],
    ['usage-spike', ['agent_id', 'tokens_in']],
    ['intent-drift', ['lifecycle', 'scope_tools', 'agent_id']],
  ])('of %s are the fields that its judgement rests on', (id, fields) => {
    const needs = needsOf(DETECTORS.find((detector) => detector.id === id)!);
    expect(needs).toEqual(expect.arrayContaining(fields));
  });

  it('is not known of a detector whose configuration leaves nothing to find', () => {
    expect(needsOf(DETECTORS.find(({ id }) => id === 'canary')!)).toBeUndefined();
  });
});
