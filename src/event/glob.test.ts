import { describe, expect, it } from 'vitest';
import { firstFit, fits } from './glob.ts';

describe('a pattern', () => {
  it.each([
    ['a', 'a', true],
    ['a', 'b', false],
    ['a', 'aa', false],
    ['', '', true],
    ['*', '', true],
    ['*', 'anything at all', true],
    ['ci-*', 'ci-', true],
    ['ci-*', 'ci-7', true],
    ['ci-*', 'xci-7', false],
    ['*-bot', 'sales-bot', true],
    ['*-bot', 'sales-bots', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['**', 'x', true],
    ['*ab', 'aab', true],
    ['A', 'a', false],
    ['a.c', 'abc', false],
    ['a?c', 'abc', false],
    ['[ab]', 'a', false],
    ['jwt:*', 'jwt:1\n2', true],
  ])('%j and %j: %s', (pattern, text, expected) => {
    expect(fits(pattern, text)).toBe(expected);
  });

  it('with many stars is answered although nearly everything fits', () => {
    expect(fits(`${'*a'.repeat(50)}b`, 'a'.repeat(5000))).toBe(false);
  });
});

describe('the first fit', () => {
  it('is the first of the patterns in their order', () => {
    expect(firstFit(['x', 'a*', '*'], 'abc')).toBe('a*');
    expect(firstFit(['x', 'y'], 'abc')).toBeUndefined();
  });

  it('is none for an empty or absent text, so that what nobody named is never protected or entitled by *', () => {
    expect(firstFit(['*', ''], '')).toBeUndefined();
    expect(firstFit(['*'], undefined)).toBeUndefined();
  });
});
