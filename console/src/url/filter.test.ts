import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apiParams, DEFAULT, decode, encode, type Filter, frozen } from './filter.ts';

const NOW = Date.UTC(2026, 10, 27, 12);
const word = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
const item = word.map((text) => text.replaceAll(',', '_'));
const time = fc.constantFrom('now', 'now-1h', 'now-15m', '2026-11-27T08:00:00.000Z');
const filters: fc.Arbitrary<Filter> = fc.record({
  from: time,
  to: time,
  severity: fc.uniqueArray(item, { maxLength: 3 }),
  detector: fc.uniqueArray(item, { maxLength: 3 }),
  agent_id: fc.oneof(fc.constant(''), word),
  credential: fc.oneof(fc.constant(''), word),
  session: fc.oneof(fc.constant(''), word),
  q: fc.oneof(fc.constant(''), word),
  response: fc.constantFrom('', 'none', 'good'),
  group: fc.constantFrom('incident', 'none'),
  sort: fc.constantFrom('risk', 'time'),
  sel: fc.oneof(fc.constant(''), word),
});

describe('the filter in the address', () => {
  it('comes back as it went, whatever it is', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(decode(encode(filter)).filter).toEqual(filter);
      }),
      { numRuns: 1000 },
    );
  });

  it('is nothing where all is as usual', () => {
    expect(encode({ ...DEFAULT })).toBe('');
    expect(decode('').filter).toEqual(DEFAULT);
  });

  it('keeps what it does not understand, and says so', () => {
    const { filter, ignored } = decode('?q=vault&colour=red&sort=size&from=yesterday');
    expect(filter).toEqual({ ...DEFAULT, q: 'vault' });
    expect(ignored).toEqual([
      ['colour', 'red'],
      ['sort', 'size'],
      ['from', 'yesterday'],
    ]);
    expect(encode(filter, ignored)).toBe('q=vault&colour=red&sort=size&from=yesterday');
  });

  it('is absolute in a link to hand on', () => {
    expect(frozen(DEFAULT, NOW)).toMatchObject({ from: '2026-11-26T12:00:00.000Z', to: '2026-11-27T12:00:00.000Z' });
  });

  it('asks the API for its times and values', () => {
    const filter = { ...DEFAULT, from: 'now-1h', severity: ['high', 'critical'] };
    expect(apiParams(filter, NOW)).toMatchObject({
      from: '2026-11-27T11:00:00.000Z',
      to: undefined,
      severity: 'high,critical',
      q: undefined,
    });
  });
});
