import { describe, expect, it } from 'vitest';
import { brief, middle, pieces, plain } from './escape.ts';

describe('text of others', () => {
  it('stays as it is where every character can be seen', () => {
    expect(pieces('agent <b>x</b> – Ünïcode 研究 🙂')).toEqual([
      { text: 'agent <b>x</b> – Ünïcode 研究 🙂', escaped: false },
    ]);
    expect(pieces('')).toEqual([]);
  });

  it('shows direction overrides, zero-width and control characters as escapes', () => {
    expect(plain('a\u202egnp.exe')).toBe('a\\u{202E}gnp.exe');
    expect(plain('ad\u200bmin')).toBe('ad\\u{200B}min');
    expect(plain('\u0000\u001b[31m\n')).toBe('\\u{0000}\\u{001B}[31m\\u{000A}');
    expect(plain('\u{e0041}')).toBe('\\u{E0041}');
    expect(pieces('x\u2066y')).toEqual([
      { text: 'x', escaped: false },
      { text: '\\u{2066}', escaped: true },
      { text: 'y', escaped: false },
    ]);
  });

  it('shows half of a surrogate pair as an escape', () => {
    expect(plain('\ud83d!')).toBe('\\u{D83D}!');
  });

  it('is cut at its end or in its middle', () => {
    expect(brief('abcdef', 4)).toBe('abc…');
    expect(middle('abcdefghij', 7)).toBe('abcd…ij');
    expect(middle('abc', 7)).toBe('abc');
  });
});
