import type { Log } from './log.ts';

/** The same log, but for the parts that are given. */
export function logOver(log: Log, parts: Partial<Log>): Log {
  return {
    partitions: (topic) => log.partitions(topic),
    write: (write) => log.write(write),
    read: (...args) => log.read(...args),
    bounds: (...args) => log.bounds(...args),
    committed: (...args) => log.committed(...args),
    state: (scope) => log.state(scope),
    subscribe: (...args) => log.subscribe(...args),
    lead: (...args) => log.lead(...args),
    retain: (now) => log.retain(now),
    size: () => log.size(),
    close: () => log.close(),
    ...parts,
  };
}
