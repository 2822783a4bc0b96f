import { KeyedState, type KeyedStateOptions, type StateEntry } from './keyed-state.ts';
import type { OperatorOptions } from './windows.ts';

/** What an operator is given: limits and counters of its detector, and the time. */
export interface OperatorContext {
  keys_max_default: number;
  onEvict(operator: string, live: boolean): void;
  onLate(operator: string): void;
  onHold(operator: string): void;
  /** Time of the event being handled, and the log's time. */
  readonly clock: { event: number; log: number };
}

/** An operator as the runtime sees it: something with keys that can be saved and restored. */
export interface OperatorState {
  readonly size: number;
  changes(): Iterable<StateEntry>;
  saved(): void;
  restore(entries: Iterable<readonly [key: string, value: Buffer]>): void;
}

/** An operator: `api` is what the detector calls. */
export interface Operator<A> {
  api: A;
  state: OperatorState;
  /** Log time of the next thing to expire; Infinity when there is none. */
  due?(): number;
  expire?(): void;
}

export function stateOf<S>(
  context: OperatorContext,
  options: OperatorOptions,
  how: Omit<KeyedStateOptions<S>, 'keys_max' | 'onEvict'>,
): KeyedState<S> {
  return new KeyedState<S>({
    ...how,
    keys_max: options.keys_max ?? context.keys_max_default,
    onEvict: (live) => context.onEvict(options.name, live),
  });
}

/** Buckets of a window: enough for thresholds of people, few enough to keep for every key. */
export const BUCKETS = 20;

/** What nobody wrote for an hour of event time may be evicted without loss where an operator has no window of its own. */
export const IDLE_MS = 3_600_000;
