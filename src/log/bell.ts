/** Wakes one waiter: rung while nobody waits, the next wait returns at once. */
export interface Bell {
  ring(): void;
  /** Resolves when rung or after `timeout_ms`. */
  wait(timeout_ms: number): Promise<void>;
}

export function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(timeout_ms) {
      if (!rung && timeout_ms > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, timeout_ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      wake = undefined;
      rung = false;
    },
  };
}
