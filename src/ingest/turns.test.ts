import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createTurns } from './turns.ts';

describe('turns', () => {
  it('come one after the other for large bodies, also after one that failed, and small ones wait for nobody', async () => {
    const inTurn = createTurns();
    const gate = new EventTarget();
    const seen: string[] = [];
    const step = (name: string, wait: Promise<unknown>) => async () => {
      seen.push(`${name} begins`);
      await wait;
      seen.push(`${name} ends`);
      if (name === 'a') throw new Error('a failed');
      return name;
    };
    const a = inTurn(20_000, step('a', once(gate, 'open')));
    const b = inTurn(20_000, step('b', Promise.resolve()));
    expect(await inTurn(16_384, step('small', Promise.resolve()))).toBe('small');
    expect(seen).toEqual(['small begins', 'a begins', 'small ends']);
    gate.dispatchEvent(new Event('open'));
    await expect(a).rejects.toThrow('a failed');
    expect(await b).toBe('b');
    expect(seen.slice(3)).toEqual(['a ends', 'b begins', 'b ends']);
  });
});
