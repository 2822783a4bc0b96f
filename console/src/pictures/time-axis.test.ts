import { describe, expect, it } from 'vitest';
import { clusters, labelOf, ticksOf, timeAxis } from './time-axis.ts';

describe('the time axis', () => {
  it('is even where something happens all the time', () => {
    const axis = timeAxis([0, 20, 40, 60, 80, 100], 10, 110);
    expect(axis.stretches).toEqual([{ from: 0, to: 100, x0: 10, x1: 110, is_gap: false }]);
    expect([0, 50, 100, -5, 500].map(axis.x)).toEqual([10, 60, 110, 10, 110]);
  });

  it('draws a long pause short, and gives its room to what happened', () => {
    const axis = timeAxis([0, 10_000, 1_000_000, 1_010_000], 0, 446);
    expect(axis.stretches.map(({ from, to, is_gap }) => [from, to, is_gap])).toEqual([
      [0, 10_000, false],
      [10_000, 1_000_000, true],
      [1_000_000, 1_010_000, false],
    ]);
    // 446 px less 46 for the gap, shared by two stretches of ten seconds.
    expect([axis.x(0), axis.x(10_000), axis.x(1_000_000), axis.x(1_010_000)]).toEqual([0, 200, 246, 446]);
    expect(axis.x(505_000)).toBe(223);
  });

  it('does not call a pause of a second idle', () => {
    expect(timeAxis([0, 10, 1000, 1010], 0, 446).stretches).toHaveLength(1);
  });

  it('puts what happened at one time into the middle', () => {
    expect(timeAxis([5], 0, 100).x(5)).toBe(50);
    expect(timeAxis([], 0, 100).x(5)).toBe(50);
  });

  it('never goes back', () => {
    const times = [0, 1, 2, 500, 501, 3000, 3001, 9000];
    const { x } = timeAxis(times, 0, 900);
    const places = times.map(x);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
    expect(places.at(-1)).toBeLessThanOrEqual(900);
  });

  it('has round steps', () => {
    const stretch = { from: 1500, to: 9500, x0: 0, x1: 400, is_gap: false };
    expect(ticksOf(stretch, 100)).toEqual({ step: 2000, at: [2000, 4000, 6000, 8000] });
    expect(ticksOf({ ...stretch, x1: 50 }, 100).at).toEqual([]);
  });

  it('joins labels that would lie over each other, and names each once', () => {
    const at = (x: number, label: string) => ({ x, label });
    const groups = clusters([at(0, 'sent'), at(10, 'sent'), at(30, 'yes'), at(200, 'gone')], 6);
    // "sent" with room for two more is 36 px wide, so "yes" at 30 joins it.
    expect(groups.map(labelOf)).toEqual(['sent · yes', 'gone']);
  });
});
