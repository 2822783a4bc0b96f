import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, open } from 'lmdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGroupCommit } from './group-commit.ts';

let dir: string;
let root: ReturnType<typeof open<Buffer>>;
let data: Database<Buffer, number>;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tripline-group-'));
  root = open<Buffer>({ path: dir, encoding: 'binary', overlappingSync: false, eventTurnBatching: false });
  data = root.openDB<Buffer, number>('data', { encoding: 'binary' });
});
afterEach(async () => {
  await root.close();
  await rm(dir, { recursive: true, force: true });
});

function groups(limits: { commit_bytes_max?: number; waiting_bytes_max?: number } = {}) {
  const sizes: number[] = [];
  const { commit } = createGroupCommit({
    root,
    commit_bytes_max: 1000,
    waiting_bytes_max: 100_000,
    ...limits,
    begin: () => sizes.push(0),
    committed: () => {},
    rollback: () => {},
    refused: () => {},
  });
  const put = (key: number) =>
    commit({
      bytes: 10,
      put() {
        sizes[sizes.length - 1]!++;
        data.put(key, Buffer.from(`${key}`));
      },
    });
  return { sizes, put };
}

describe('group commit', () => {
  it('puts the writes of one turn into one transaction', async () => {
    const { sizes, put } = groups();
    await Promise.all(Array.from({ length: 50 }, (_, key) => put(key)));
    expect(sizes).toEqual([50]);
    expect([...data.getRange()].map(({ value }) => `${value}`)).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`));
  });

  it('gathers what comes while the disk is busy, and does not keep the first waiting for it', async () => {
    const { sizes, put } = groups();
    const first = put(0);
    await new Promise(process.nextTick);
    const later = [put(1), put(2), put(3)];
    await first;
    expect(sizes[0]).toBe(1);
    await Promise.all(later);
    expect(sizes).toEqual([1, 3]);
  });

  it('keeps a transaction near its limit of bytes', async () => {
    const { sizes, put } = groups({ commit_bytes_max: 100 });
    await Promise.all(Array.from({ length: 25 }, (_, key) => put(key)));
    expect(sizes).toEqual([10, 10, 5]);
  });
});
