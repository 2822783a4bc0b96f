import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFingerprints } from './fingerprint.ts';
import { VALUE_KINDS, type ValueKind, valueKind } from './value-kind.ts';
import { createValues } from './values.ts';

const fingerprints = createFingerprints(Buffer.alloc(32, 7));
const limits = { values_max: 256, values_chars_max: 65_536 };
const values = createValues(fingerprints, limits);
const of = (...leaves: string[]) => new Set(values({ leaves }));
const expected = (kind: ValueKind, text: string) => VALUE_KINDS[kind] * 2 ** 48 + fingerprints.hash48('value', text);

describe('a fingerprinted value', () => {
  it('carries its kind and stays exact in JSON', () => {
    for (const kind of Object.keys(VALUE_KINDS) as ValueKind[]) {
      const value = expected(kind, 'x');
      expect(valueKind(value)).toBe(kind);
      expect(Number.isSafeInteger(value)).toBe(true);
      expect(valueKind(JSON.parse(JSON.stringify(value)))).toBe(kind);
    }
    expect(valueKind(0)).toBeUndefined();
  });
});

describe('salient values', () => {
  it.each<[string, ValueKind, string]>([
    ['mail to Ann.Lee@Example.com, please', 'email', 'ann.lee@example.com'],
    ['<mailto:ann@example.com>', 'email', 'ann@example.com'],
    ['see https://www.Example.com/a/B?x=1.', 'url', 'example.com/a/B?x=1'],
    ['see http://example.com/', 'url', 'example.com'],
    ['see www.example.com', 'url', 'example.com'],
    ['href="https://user:pw@example.com:8443/x"', 'url', 'example.com:8443/x'],
    ['href="https://user:pw@example.com:8443/x"', 'host', 'example.com'],
    ['s3://bucket/key.txt', 'url', 's3://bucket/key.txt'],
    ['ssh to DB1.internal.example', 'host', 'db1.internal.example'],
    ['from 10.0.0.7:22', 'host', '10.0.0.7'],
    ['pay AT6854532054 now', 'account', 'AT6854532054'],
    ['pay DE89 3704 0044 0532 0130 00 now', 'account', 'DE89370400440532013000'],
    ['card 4111-1111-1111-1111', 'account', '4111111111111111'],
    ['card 4111 1111 1111 1111', 'account', '4111111111111111'],
    ['id 7F3D9C52-1B1E-4C9A-9D55-0A3B5C7D9E1F', 'id', '7f3d9c52-1b1e-4c9a-9d55-0a3b5c7d9e1f'],
    ['instance i-0abcdef1234567', 'id', 'i-0abcdef1234567'],
    ['Pay INV-3310, please', 'id', 'INV-3310'],
    ['cat /etc/passwd;', 'path', '/etc/passwd'],
    ['open C:\\Users\\ann\\x.doc', 'path', 'C:\\Users\\ann\\x.doc'],
    ['send report.pdf', 'path', 'report.pdf'],
    ['repo owner/name', 'path', 'owner/name'],
    ['call +49 (170) 123-4567', 'phone', '491701234567'],
    ['it costs $1,810.00', 'amount', '1810'],
    ['balance: 1810.0', 'amount', '1810'],
    ['otp=578929', 'amount', '578929'],
    ['the book "Thank You, Sir" is', 'text', 'thank you, sir'],
    ['tell Emma Johnson about it', 'text', 'emma johnson'],
    ['- subject: Thank you\n- body: Hi', 'text', 'thank you'],
  ])('of "%s" hold the %s %s', (text, kind, form) => {
    expect(of(text)).toContain(expected(kind, form));
  });

  it('are the same in an argument as in the prose that it was taken from', () => {
    const result = of('Dear all, please wire 2,500.00 to AT6854532054 and write to emma@corp.example. Ask Bob Stone.');
    const args = of('2500', 'AT6854532054', 'Emma@corp.example', 'Bob Stone');
    expect([...args].filter((value) => !result.has(value))).toEqual([]);
    expect(args.size).toBe(4);
  });

  it('are no dates, times or small numbers', () => {
    expect(of('2026-11-25', '10:30', '2026-11-25T10:30:00Z', '42', '3.14').size).toBe(0);
  });

  it('given by a producer are hashed with the kind of their form', () => {
    expect(values({ posted: ['Ann@Example.com', 'quarterly numbers', 'x'] })).toEqual([
      expected('email', 'ann@example.com'),
      expected('text', 'quarterly numbers'),
      expected('text', 'x'),
    ]);
  });

  it('are at most the stated number, the telling ones first', () => {
    const few = createValues(fingerprints, { values_max: 3, values_chars_max: 65_536 });
    const found = few({
      leaves: ['"some text" here', ...Array.from({ length: 10 }, (_, i) => `user${i}@example.com`)],
    });
    expect(found.map(valueKind)).toEqual(['email', 'email', 'email']);
    const short = createValues(fingerprints, { values_max: 256, values_chars_max: 20 });
    expect(short({ leaves: ['x'.repeat(19), 'aa@example.com'] }).map(valueKind)).not.toContain('email');
  });

  it('cost time linear in the text, whatever it is made of', () => {
    // Each unit is a start that an expression with backtracking would try again at every place.
    const units = [
      'a@',
      '@',
      'a.',
      'A',
      'A ',
      "'",
      '"',
      '1',
      '1 ',
      '12-',
      '+1',
      '://',
      'a://',
      '/',
      '\\',
      '-',
      ' ',
      '.',
      '1.',
      'AB12 ',
      '“',
      '=',
      ':',
      'Aa ',
      '1,',
      '%',
    ];
    const big = createValues(fingerprints, { values_max: 256, values_chars_max: 1 << 20 });
    for (const unit of units) {
      for (const end of ['', '!', '\0', 'é'])
        expect(big({ leaves: [unit.repeat((1 << 18) / unit.length) + end] }).length).toBeLessThanOrEqual(256);
    }
  });

  it('never fail, and never leave their range', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (leaves) => {
        for (const value of values({ leaves, posted: leaves })) expect(valueKind(value)).toBeDefined();
      }),
    );
  });
});
