import { setTimeout as sleep } from 'node:timers/promises';

/** Time of the process that replays; a test brings its own. */
export interface Clock {
  now(): number;
  /** Rejects when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
};

/** Events due within this are sent together: a timer for each would cost more than it tells. */
const TOGETHER_MS = 20;

/** Says how long to wait until an event is due, when a file plays `speed` times as fast as it was recorded. */
export function createPace(speed: number | 'max', clock: Clock): (time_ms: number) => number {
  let first_ms: number | undefined;
  let begin = 0;
  return (time_ms) => {
    if (speed === 'max' || time_ms === 0) return 0;
    if (first_ms === undefined) {
      first_ms = time_ms;
      begin = clock.now();
    }
    const wait_ms = begin + (time_ms - first_ms) / speed - clock.now();
    return wait_ms > TOGETHER_MS ? wait_ms : 0;
  };
}
