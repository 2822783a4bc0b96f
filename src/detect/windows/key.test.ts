import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keyOf } from './key.ts';

it('is the JSON of its parts, however often and beside whatever it is asked for', () => {
  const part = fc.oneof(fc.constantFrom('', 'a', 'b', 'ab', '["a"]', '\0', '__proto__', 'x'.repeat(300)), fc.string());
  fc.assert(
    fc.property(fc.array(fc.array(part, { maxLength: 5 }), { maxLength: 20 }), (lists) => {
      for (const parts of [...lists, ...lists]) expect(keyOf(...parts)).toBe(JSON.stringify(parts));
    }),
  );
});

it('stays right when there are more keys than it remembers', () => {
  const wrong: number[] = [];
  for (let i = 0; i < 300_000; i++) {
    const parts = ['t', `agent-${i}`, `s-${i % 7}`];
    if (keyOf(...parts) !== `["t","agent-${i}","s-${i % 7}"]`) wrong.push(i);
  }
  expect(wrong).toEqual([]);
  expect(keyOf('t', 'agent-1')).toBe('["t","agent-1"]');
});
