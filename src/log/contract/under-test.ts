import { afterEach } from 'vitest';
import type { LogConfigInput } from '../config.ts';
import type { Append, Log, LogRecord, Topic } from '../log.ts';

export interface LogUnderTest {
  log: Log;
  /** Closes the log and opens it again on what it kept. */
  reopen(): Promise<Log>;
  /** Closes the log and removes what it kept. */
  destroy(): Promise<void>;
}

/** What log.ts leaves to the implementation. */
export interface LogTraits {
  /** Offsets of a partition have no holes. */
  dense: boolean;
  /** It retires records itself, when `retain` is called, and knows its size on disk. */
  keepsHouse: boolean;
}

/** Opens an empty log. */
export type OpenLogForTest = (config: LogConfigInput) => Promise<LogUnderTest>;

/** Opens logs that are destroyed after each test. */
export function prepare(open: OpenLogForTest): OpenLogForTest {
  const opened: LogUnderTest[] = [];
  afterEach(async () => {
    for (const underTest of opened.splice(0)) await underTest.destroy();
  });
  return async (config) => {
    const underTest = await open(config);
    opened.push(underTest);
    return underTest;
  };
}

export const frameOf = (text: string): Buffer => Buffer.from(text);
export const textsOf = (records: readonly LogRecord[]): string[] => records.map(({ frame }) => frame.toString());

export function appendsOf(topic: Topic, partition: number, texts: readonly string[]): Append[] {
  return texts.map((text) => ({ topic, partition, frame: frameOf(text) }));
}

/** A promise that the test settles. */
export function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** A queue of what a subscriber saw, which a test can wait on. */
export function collector<T>() {
  const items: T[] = [];
  const waiters: { count: number; resolve(): void }[] = [];
  return {
    items,
    add(...more: T[]) {
      items.push(...more);
      for (const waiter of waiters) if (items.length >= waiter.count) waiter.resolve();
    },
    /** Resolves when it holds so many. */
    holds: (count: number) =>
      new Promise<void>((resolve) => {
        if (items.length >= count) resolve();
        else waiters.push({ count, resolve });
      }),
  };
}

export const READ_ALL = 64 * 1024 * 1024;

export async function stateOf(log: Log, scope: string): Promise<string[]> {
  const entries: string[] = [];
  for await (const [key, value] of log.state(scope)) entries.push(`${key}=${value}`);
  return entries;
}
