export interface Failing {
  detector: string;
  failures: number;
  /** Of the last failure, epoch ms. */
  time: number;
  error: string;
}

const ERROR_CHARS_MAX = 300;

/** Detectors that threw not long ago: what turns health red. */
export function createFailures(failing_ms: number, now: () => number) {
  const failing = new Map<string, Failing>();
  return {
    /** Returns how often it has failed. */
    add(detector: string, error: unknown): number {
      const failures = (failing.get(detector)?.failures ?? 0) + 1;
      failing.set(detector, { detector, failures, time: now(), error: String(error).slice(0, ERROR_CHARS_MAX) });
      return failures;
    },
    list(): Failing[] {
      for (const [detector, { time }] of failing) if (now() - time >= failing_ms) failing.delete(detector);
      return [...failing.values()];
    },
  };
}
