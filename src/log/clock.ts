import { performance } from 'node:perf_hooks';

/** Epoch ms with fractions. */
export type Clock = () => number;

const DRIFT_MS_MAX = 50;

/** Wall clock with the resolution of the performance timer, which alone would miss time asleep and corrections. */
export function wallClock(): Clock {
  let origin = performance.timeOrigin;
  return () => {
    const fine = origin + performance.now();
    const coarse = Date.now();
    if (Math.abs(coarse - fine) <= DRIFT_MS_MAX) return fine;
    origin += coarse - fine;
    return coarse;
  };
}

/** Never goes back, not below `floor` either: while `clock` is behind, time stands still. */
export function forwardClock(clock: Clock, floor = 0): Clock {
  let last = floor;
  return () => {
    last = Math.max(last, clock());
    return last;
  };
}
