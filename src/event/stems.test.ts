import { expect, it } from 'vitest';
import { stemsOf } from './stems.ts';

it.each<[string[], string[]]>([
  [['Pay the invoices, please'], ['pay', 'invoic']],
  [['payments', 'paying'], ['pay']],
  [['https://www.book-club.example/list?x=1'], ['book', 'club', 'exampl', 'list']],
  [['the and for you'], []],
  [['Überweisung für Müller'], ['überwei', 'für', 'müll']],
  [['a1b2', '12345', ''], []],
])('%j is about %j', (texts, stems) => {
  expect(stemsOf(texts, 64)).toEqual(stems);
});

it('keeps the first ones, and reads no further', () => {
  expect(stemsOf(['alpha beta gamma', 'delta'], 2)).toHaveLength(2);
  expect(stemsOf(['ab '.repeat(1_000_000)], 2)).toEqual([]);
});
