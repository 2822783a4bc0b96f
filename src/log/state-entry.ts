import type { Log } from './log.ts';

/** One entry of a scope; undefined where there is none. Reads the scope up to it. */
export async function stateEntry(log: Pick<Log, 'state'>, scope: string, of: string): Promise<Buffer | undefined> {
  for await (const [key, value] of log.state(scope)) if (key === of) return value;
  return undefined;
}
