import type { Log, StateWrite } from './log.ts';

/**
 * How far a follower has come in a partition, kept in the state of the log and not committed: the log must not wait for a follower that was
 * once configured. One that is new begins at the present end.
 */
export async function openPlace(log: Log, topic: Parameters<Log['bounds']>[0], partition: number, scope: string) {
  const key = String(partition);
  const at = (offset: number): StateWrite => ({ scope, key, value: Buffer.from(String(offset)) });
  const { first, next } = await log.bounds(topic, partition);
  const position = Math.max((await read(log, scope, key)) ?? next, first);
  await log.write({ state: [at(position)] });
  return { position, at };
}

async function read(log: Log, scope: string, of: string): Promise<number | undefined> {
  for await (const [key, value] of log.state(scope)) if (key === of) return Number(value.toString());
  return undefined;
}
