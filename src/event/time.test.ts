import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseTime, plainTime } from './time.ts';

it('reads every time as the engine does', () => {
  const dates = fc.date({
    min: new Date(-62_167_219_200_000),
    max: new Date(253_402_300_799_999),
    noInvalidDate: true,
  });
  const texts = fc.oneof(
    dates.map((date) => date.toISOString()),
    fc
      .tuple(dates, fc.nat(23), fc.constantFrom('0', '9', '-', ':', 'T', 'Z', ' '))
      .map(([date, at, char]) => `${date.toISOString().slice(0, at)}${char}${date.toISOString().slice(at + 1)}`),
    fc.constantFrom('2026-02-29T00:00:00.000Z', '2026-01-01T10:00:00+02:00', '2026-01-01T24:00:00.000Z', '', 'now'),
  );
  fc.assert(
    fc.property(texts, (text) => void expect(parseTime(text)).toBe(Date.parse(text))),
    { numRuns: 20_000 },
  );
});

it('reads the usual form the quick way', () => {
  expect(plainTime('2026-11-25T10:00:00.123Z')).toBe(Date.UTC(2026, 10, 25, 10, 0, 0, 123));
  expect(plainTime('2026-11-25T10:00:00+01:00')).toBeNaN();
});
