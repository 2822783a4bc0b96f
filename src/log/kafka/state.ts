import type { StateWrite } from '../log.ts';
import { partitionOf } from '../partition.ts';
import { stateKey } from '../state-key.ts';
import type { Cluster } from './client.ts';
import { fetchAt, firstOffset, highOffset } from './fetch.ts';
import { type KafkaLogConfig, topicName } from './topics.ts';
import type { Sent } from './transact.ts';

/** Entries of a scope, from the compacted topic. */
export interface StateReader {
  /** In the order of the keys' UTF-8 bytes. Waits until everything that was written before is decided. */
  entries(scope: string): Promise<(readonly [key: string, value: Buffer])[]>;
  close(): void;
}

/** Segments of a scope that decide its partition: whoever restores a task reads one partition. */
const OWNER_SEGMENTS = 3;
const FETCH_BYTES = 8 * 1024 * 1024;

/** A message without a value removes its entry, here and when the topic is compacted. */
export function stateMessages(config: KafkaLogConfig, writes: readonly StateWrite[]): Sent[] {
  return writes.map(({ scope, key, value }) => ({
    name: topicName(config, 'state'),
    partition: partitionOfScope(config, scope),
    message: { key: stateKey(scope, key), value: value ?? null },
  }));
}

function partitionOfScope({ kafka }: KafkaLogConfig, scope: string): number {
  return partitionOf(scope.split('/').slice(0, OWNER_SEGMENTS).join('/'), kafka.state_partitions);
}

/** What was read of one partition, by scope and key. */
interface Table {
  next: number;
  scopes: Map<string, Map<string, Buffer>>;
}

/** A table is kept for a while, since a start asks for many scopes of one partition; it is read on before each answer. */
export function createStateReader(config: KafkaLogConfig, reads: Cluster): StateReader {
  const tables = new Map<number, { turn: Promise<Table | undefined>; forget: NodeJS.Timeout }>();
  const name = topicName(config, 'state');

  const readOn = async (partition: number, table: Table | undefined): Promise<Table> => {
    const at = { name, partition };
    const high = await highOffset(reads, at);
    const { next, scopes } = table ?? { next: await firstOffset(reads, at), scopes: new Map() };
    let from = next;
    while (from < high) {
      const fetched = await fetchAt(reads, { ...at, from }, FETCH_BYTES);
      for (const { key, value } of fetched.messages) if (key !== null) put(scopes, key, value);
      from = fetched.next;
    }
    return { next: from, scopes };
  };
  return {
    async entries(scope) {
      const partition = partitionOfScope(config, scope);
      const had = tables.get(partition);
      clearTimeout(had?.forget);
      const turn = (had?.turn ?? Promise.resolve(undefined))
        .catch(() => undefined)
        .then((table) => readOn(partition, table));
      const forget = setTimeout(() => tables.delete(partition), config.kafka.state_cache_ms);
      tables.set(partition, { turn, forget: forget.unref() });
      const { scopes } = await turn;
      return [...(scopes.get(scope) ?? [])].toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    },
    close() {
      for (const { forget } of tables.values()) clearTimeout(forget);
      tables.clear();
    },
  };
}

function put(scopes: Table['scopes'], bytes: Buffer, value: Buffer | null): void {
  const zero = bytes.indexOf(0);
  const scope = bytes.toString('utf8', 0, zero);
  const key = bytes.toString('utf8', zero + 1);
  const entries = scopes.get(scope) ?? new Map<string, Buffer>();
  scopes.set(scope, entries);
  if (value === null) entries.delete(key);
  else entries.set(key, value);
}
