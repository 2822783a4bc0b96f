import type { Log, StateWrite } from './log.ts';
import { stateEntry } from './state-entry.ts';

/**
 * How far a follower has come in a partition, kept in the state of the log and not committed: the log must not wait for a follower that was
 * once configured. One that is new begins at the present end.
 */
export async function openPlace(log: Log, topic: Parameters<Log['bounds']>[0], partition: number, scope: string) {
  const key = String(partition);
  const at = (offset: number): StateWrite => ({ scope, key, value: Buffer.from(String(offset)) });
  const kept = await stateEntry(log, scope, key);
  const { first, next } = await log.bounds(topic, partition);
  const position = kept === undefined ? next : Math.max(Number(kept.toString()), first);
  await log.write({ state: [at(position)] });
  return { position, at };
}
