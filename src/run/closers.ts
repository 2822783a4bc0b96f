/** What was opened, to be closed in the opposite order. */
export interface Closers {
  /** Closed with the rest. */
  keep<T extends { close(): Promise<unknown> }>(part: T): T;
  /** Runs before everything that was opened earlier is closed. */
  add(close: () => Promise<unknown>): void;
  /** Closes everything, once. */
  close(): Promise<void>;
}

export function createClosers(): Closers {
  const closers: (() => Promise<unknown>)[] = [];
  let done: Promise<void> | undefined;
  const closeAll = async () => {
    for (const close of closers.reverse()) await close();
  };
  return {
    keep(part) {
      closers.push(() => part.close());
      return part;
    },
    add: (close) => void closers.push(close),
    close() {
      done ??= closeAll();
      return done;
    },
  };
}
