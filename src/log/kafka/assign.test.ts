import { expect, it } from 'vitest';
import { assign } from './assign.ts';

const shares = (partitions: number, members: [string, number[]][]) =>
  Object.fromEntries(
    assign(
      partitions,
      members.map(([id, owned]) => ({ id, owned })),
    ),
  );

it('gives one member everything, and two members half each', () => {
  expect(shares(4, [['a', []]])).toEqual({ a: [0, 1, 2, 3] });
  expect(
    shares(4, [
      ['b', []],
      ['a', []],
    ]),
  ).toEqual({ a: [0, 2], b: [1, 3] });
});

it('moves only what must move when a member comes or goes', () => {
  expect(
    shares(4, [
      ['a', [0, 1, 2, 3]],
      ['b', []],
    ]),
  ).toEqual({ a: [0, 1], b: [2, 3] });
  expect(
    shares(5, [
      ['a', [0, 1]],
      ['c', [4]],
    ]),
  ).toEqual({ a: [0, 1, 3], c: [2, 4] });
  expect(
    shares(3, [
      ['a', []],
      ['b', [0, 1, 2]],
    ]),
  ).toEqual({ a: [2], b: [0, 1] });
});

it('leaves members without a partition when there are too few', () => {
  expect(
    shares(1, [
      ['a', []],
      ['b', [0]],
    ]),
  ).toEqual({ a: [], b: [0] });
});

it('gives a partition that two say they have to one of them, and passes over one that is not there', () => {
  expect(
    shares(2, [
      ['a', [0, 7]],
      ['b', [0]],
    ]),
  ).toEqual({ a: [0], b: [1] });
});
