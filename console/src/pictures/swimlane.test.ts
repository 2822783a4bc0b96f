import { describe, expect, it } from 'vitest';
import type { Call } from '../api/types.ts';
import { lanesOf, runsOf } from './swimlane.ts';
import { timeAxis } from './time-axis.ts';

const call = (ms: number, tool_name: string, outcome: Call['outcome'] = 'ok', target?: string): Call => ({
  event_id: `${tool_name} ${ms}`,
  producer: 'p',
  kind: 'tool_call',
  time: new Date(ms).toISOString(),
  tool_name,
  outcome,
  ...(target === undefined ? {} : { target }),
});

describe('the lanes of an agent', () => {
  it('are in the order in which it came to use them', () => {
    const calls = [
      call(0, 'search', 'ok', 'web'),
      call(10, 'vault', 'denied', 'vault'),
      call(20, 'search', 'ok', 'hr'),
    ];
    expect(lanesOf(calls, 'tool').map(({ name, calls: own, denied }) => [name, own.length, denied])).toEqual([
      ['search', 2, 0],
      ['vault', 1, 1],
    ]);
    expect(lanesOf(calls, 'target').map(({ name }) => name)).toEqual(['web', 'vault', 'hr']);
    expect(lanesOf([call(0, 'x')], 'credential').map(({ name }) => name)).toEqual(['(no credential)']);
  });

  it('join retries that lie over each other, and keep apart what ended otherwise or is evidence', () => {
    const calls = [
      call(0, 'a', 'error'),
      call(2, 'a', 'error'),
      call(4, 'a', 'error'),
      call(6, 'a'),
      call(8, 'a'),
      call(100, 'a'),
    ];
    const axis = timeAxis([0, 20, 40, 60, 80, 100], 0, 100);
    const runs = runsOf(calls, axis, new Set(['a 8']));
    expect(
      runs.map(({ x0, x1, outcome, calls: own, is_evidence }) => [x0, x1, outcome, own.length, is_evidence]),
    ).toEqual([
      [0, 4, 'error', 3, false],
      [6, 6, 'ok', 1, false],
      [8, 8, 'ok', 1, true],
      [100, 100, 'ok', 1, false],
    ]);
  });
});
