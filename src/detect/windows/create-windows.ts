import assert from 'node:assert';
import { absence } from './absence.ts';
import { cell } from './cell.ts';
import { distinctCount } from './distinct-count.ts';
import { firstSeen } from './first-seen.ts';
import type { StateEntry } from './keyed-state.ts';
import type { Operator, OperatorContext } from './operator.ts';
import { orderedSequence } from './ordered-sequence.ts';
import { recent } from './recent.ts';
import { slidingCount } from './sliding-count.ts';
import { suppress } from './suppress.ts';
import type { OperatorOptions, SessionOf, Windows } from './windows.ts';

export interface WindowsOptions {
  /** Whose windows: for messages. */
  detector: string;
  keys_max_default: number;
  /** A key gave way to a new one. `live`: it still mattered at the newest time that the operator had seen. */
  onEvict?(operator: string, live: boolean): void;
  /** Something was older than the window of its key and changed nothing. */
  onLate?(operator: string): void;
  /** A repeat was held back. */
  onHold?(operator: string): void;
  /** Answers the detector's question; without it nothing is under alert. */
  underAlert?(session: SessionOf): boolean;
}

/** The windows of one detector on one partition, and what the runtime does with them. */
export interface WindowSet {
  readonly windows: Windows;
  /** Operators by name, in the order in which the detector made them. */
  readonly operators: ReadonlyMap<string, Operator<unknown>>;
  /** Time of the event about to be handled. */
  at(time: number): void;
  /** Log time at which the next expectation expires; Infinity when there is none. */
  due(): number;
  /** Expires that one, with the log's time set to it: what happens then does not depend on when it was noticed. */
  expire(): void;
  /** Moves the log's time on, and expires what is due by then. */
  tick(now: number): void;
  /** The detector is about to ask for its operators again (it threw): they keep their state. */
  reopen(): void;
  /** Entries that changed since the last `saved`: keys are `operator/entry`. */
  changes(): Iterable<StateEntry>;
  saved(): void;
  restore(entries: readonly (readonly [key: string, value: Buffer])[]): void;
}

export function createWindows(options: WindowsOptions): WindowSet {
  const operators = new Map<string, Operator<unknown>>();
  const claimed = new Set<string>();
  const clock = { event: 0, log: 0 };
  const context: OperatorContext = {
    keys_max_default: options.keys_max_default,
    onEvict: (operator, live) => options.onEvict?.(operator, live),
    onLate: (operator) => options.onLate?.(operator),
    onHold: (operator) => options.onHold?.(operator),
    clock,
  };
  const claim = <A, O extends OperatorOptions>(make: (c: OperatorContext, o: O) => Operator<A>, o: O): A => {
    assert(/^[a-z][a-z0-9_-]*$/.test(o.name), `${options.detector}: an operator is named like_this, not ${o.name}`);
    assert(!claimed.has(o.name), `${options.detector}: two operators are named ${o.name}`);
    claimed.add(o.name);
    const operator = operators.get(o.name) ?? make(context, o);
    operators.set(o.name, operator);
    return operator.api as A;
  };

  return {
    windows: { ...factory(claim), underAlert: (session) => options.underAlert?.(session) ?? false },
    operators,
    at(time) {
      clock.event = time;
    },
    ...expiry(operators, clock),
    reopen: () => claimed.clear(),
    *changes() {
      for (const [name, { state }] of operators)
        for (const { key, value } of state.changes()) yield { key: `${name}/${key}`, value };
    },
    saved() {
      for (const { state } of operators.values()) state.saved();
    },
    restore: (entries) => restore(operators, entries),
  };
}

function expiry(operators: ReadonlyMap<string, Operator<unknown>>, clock: { log: number }) {
  const next = () => {
    let first: Operator<unknown> | undefined;
    let at = Number.POSITIVE_INFINITY;
    for (const operator of operators.values()) {
      const due = operator.due?.() ?? Number.POSITIVE_INFINITY;
      if (due < at) [at, first] = [due, operator];
    }
    return { at, first };
  };
  const expire = () => {
    const { at, first } = next();
    if (first === undefined) return;
    clock.log = at;
    first.expire?.();
  };
  return {
    due: () => next().at,
    expire,
    tick(now: number) {
      while (next().at <= now) expire();
      clock.log = now;
    },
  };
}

type Claim = <A, O extends OperatorOptions>(make: (c: OperatorContext, o: O) => Operator<A>, o: O) => A;

function factory(claim: Claim): Omit<Windows, 'underAlert'> {
  return {
    slidingCount: (o) => claim(slidingCount, o),
    distinctCount: (o) => claim(distinctCount, o),
    orderedSequence: (o) => claim(orderedSequence, o),
    firstSeen: (o) => claim(firstSeen, o),
    absence: <T>(o: Parameters<Windows['absence']>[0]) => claim(absence<T>, o),
    recent: <T>(o: Parameters<Windows['recent']>[0]) => claim(recent<T>, o),
    cell: <T>(o: OperatorOptions) => claim(cell<T>, o),
    suppress: (o) => claim(suppress, o),
  };
}

function restore(
  operators: ReadonlyMap<string, Operator<unknown>>,
  entries: readonly (readonly [key: string, value: Buffer])[],
): void {
  const byOperator = new Map<string, (readonly [string, Buffer])[]>();
  for (const [key, value] of entries) {
    const slash = key.indexOf('/');
    const name = key.slice(0, slash);
    const known = byOperator.get(name);
    if (known === undefined) byOperator.set(name, [[key.slice(slash + 1), value]]);
    else known.push([key.slice(slash + 1), value]);
  }
  for (const [name, own] of byOperator) operators.get(name)?.state.restore(own);
}
