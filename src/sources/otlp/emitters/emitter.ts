import type { Unmapped } from '../../mapped.ts';
import type { Draft } from '../common.ts';
import type { Item } from '../item.ts';

/** What one family of log records becomes: a draft, a reason why not, or undefined where it is none of ours. */
export type LogMapper = (log: Item) => Draft | Unmapped | undefined;

/** The log records of one emitter, by event name. */
export interface Emitter {
  /** The event name without the emitter's prefix, or undefined where the record is of somebody else. */
  nameOf(log: Item): string | undefined;
  events: ReadonlyMap<string, LogMapper>;
}

/** Emitters whose event names carry their prefix. */
export function prefixed(prefix: string): Emitter['nameOf'] {
  return (log) => {
    const name = [log.name, log.body].find((text) => typeof text === 'string' && text.startsWith(prefix));
    return typeof name === 'string' ? name.slice(prefix.length) : undefined;
  };
}
