/** Bodies up to this size wait for nobody. */
const SMALL_BYTES = 16_384;

/** Runs work on a body of `bytes`. */
export type InTurn = <T>(bytes: number, work: () => Promise<T>) => Promise<T>;

/**
 * Large bodies are decoded and admitted one after the other: decoded as a whole they weigh many times their bytes,
 * so that many at a time could fill the memory. While they wait they are bytes, which are counted and bounded.
 */
export function createTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (bytes, work) => {
    if (bytes <= SMALL_BYTES) return work();
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
