import { createHash } from 'node:crypto';

/** Partition of a key: the same on every machine and version (SHA-1, first 4 bytes). */
export function partitionOf(key: string, partitions: number): number {
  if (partitions === 1) return 0;
  let known = cache.get(key);
  if (known === undefined) {
    known = createHash('sha1').update(key).digest().readUInt32BE(0);
    if (cache.size >= CACHE_KEYS_MAX) cache.clear();
    cache.set(key, known);
  }
  return known % partitions;
}

const CACHE_KEYS_MAX = 100_000;
const cache = new Map<string, number>();
