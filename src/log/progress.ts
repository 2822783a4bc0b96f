interface Waiter {
  target: number;
  resolve(): void;
  reject(error: unknown): void;
}

/** A position that only grows, and those who wait for it. */
export interface Progress {
  reached(position: number): void;
  until(target: number): Promise<void>;
  /** It will not grow any more: who still waits is told why. */
  end(reason: unknown): void;
}

export function createProgress(start: number): Progress {
  let position = start;
  let waiters: Waiter[] = [];
  let ended: { reason: unknown } | undefined;
  return {
    reached(now) {
      position = now;
      if (waiters.length === 0) return;
      for (const waiter of waiters) if (waiter.target <= position) waiter.resolve();
      waiters = waiters.filter(({ target }) => target > position);
    },
    until: (target) =>
      new Promise((resolve, reject) => {
        if (target <= position) resolve();
        else if (ended) reject(ended.reason);
        else waiters.push({ target, resolve, reject });
      }),
    end(reason) {
      ended = { reason };
      for (const waiter of waiters.splice(0)) waiter.reject(reason);
    },
  };
}
