import { describe, expect, it } from 'vitest';
import { cutUnsearched } from './mapped.ts';

describe('a cut through a text that was not searched for secrets', () => {
  it.each([
    ['fits', 10, 'fits'],
    ['key ghp_abcdefghijkl', 12, 'key '],
    ['two words', 4, 'two '],
    ['two words', 3, 'two'],
    ['https://host/part/ghp_abcdef', 22, 'https://host/part/'],
    ['a,bcdef', 3, 'a,'],
  ])('leaves of %j at %d %j', (text, chars_max, expected) => {
    expect(cutUnsearched(text, chars_max)).toBe(expected);
  });

  it('has a digest where nothing but the token is left, another one for another token', () => {
    const [a, b] = ['a', 'b'].map((letter) => cutUnsearched(letter.repeat(300), 256));
    expect(a).toMatch(/^#[0-9a-f]{16}$/);
    expect(b).toMatch(/^#[0-9a-f]{16}$/);
    expect(a).not.toBe(b);
  });

  it('takes time linear in the text', () => {
    expect(cutUnsearched(`${'a '.repeat(500_000)}${'b'.repeat(500_000)}`, 1_200_000)).toHaveLength(1_000_000);
  });
});
