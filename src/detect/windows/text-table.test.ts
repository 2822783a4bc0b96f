import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TextTable } from './text-table.ts';

it('holds what a Map holds, whatever comes and goes', () => {
  const op = fc.tuple(fc.constantFrom('set', 'set', 'delete'), fc.nat(150), fc.nat());
  fc.assert(
    fc.property(fc.array(op, { maxLength: 600 }), (ops) => {
      const [table, map] = [new TextTable(), new Map<string, number>()];
      for (const [what, n, number] of ops) {
        const text = `value ${n}`;
        if (what === 'set') {
          table.set(text, number);
          map.set(text, number);
        } else {
          table.delete(text);
          map.delete(text);
        }
      }
      expect(table.size).toBe(map.size);
      for (let n = 0; n <= 150; n++) expect(table.get(`value ${n}`)).toBe(map.get(`value ${n}`));
    }),
  );
});
