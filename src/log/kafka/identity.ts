import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../errors.ts';
import { lockDataDir } from '../lmdb/lock.ts';

/** The names of this process towards the brokers, kept over a restart so that it takes its own place again at once. */
export interface Identity {
  /** For transactions: those that were left open by the process before are decided. */
  id: string;
  /** Member id that the process before had in a group; empty where none. */
  memberOf(groupId: string): string;
  keepMember(groupId: string, id: string): void;
  release(): Promise<void>;
}

interface Kept {
  id: string;
  members: Record<string, string>;
}

const FILE = 'kafka.json';

/** @throws TriplineError TRIPLINE_DATA_DIR_LOCKED, TRIPLINE_DATA_DIR_UNUSABLE */
export async function openIdentity(dir: string): Promise<Identity> {
  const lock = await lockDataDir(dir);
  const file = join(dir, FILE);
  await mkdir(dir, { recursive: true });
  const kept: Kept = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Kept,
    (error: unknown) => {
      if (!hasCode(error, 'ENOENT')) throw error;
      return { id: randomUUID(), members: {} };
    },
  );
  let saving = save(file, kept);
  await saving;
  return {
    id: kept.id,
    memberOf: (groupId) => kept.members[groupId] ?? '',
    keepMember(groupId, id) {
      kept.members[groupId] = id;
      // Losing it costs the group a wait for this member, and nothing else.
      saving = saving.then(() => save(file, kept)).catch(() => {});
    },
    async release() {
      await saving;
      await lock.release();
    },
  };
}

/** Whole or not at all: a process may be killed in the middle. */
async function save(file: string, kept: Kept): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(kept), { mode: 0o600 });
  await rename(`${file}.new`, file);
}
