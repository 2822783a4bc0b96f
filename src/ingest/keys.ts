import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { hasCode, TriplineError } from '../errors.ts';

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const StoredKey = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{12}$/),
  producer: z.string().regex(NAME),
  tenant: z.string().max(128),
  agents: z.array(z.string().min(1).max(256)).max(1000).default([]),
  created: z.iso.datetime(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
const KeyFile = z.strictObject({ keys: z.array(StoredKey) });

/** A producer as it is known by its key. `tenant` is '' where the key may speak for any, `agents` empty likewise (* stands for any text). */
export type StoredKey = z.output<typeof StoredKey>;

export interface NewKey extends StoredKey {
  /** The key itself, shown once: only its SHA-256 is kept. */
  key: string;
}

export interface Keys {
  /** Whose key it is; undefined for an unknown, revoked or malformed one. */
  find(key: string): StoredKey | undefined;
  count(): number;
}

/**
 * Makes a key for a producer. Several keys may name the same producer, so that one can replace another.
 * @throws TriplineError TRIPLINE_CONFIG_INVALID for a name, tenant or agent that cannot be used
 */
export async function createKey(
  data_dir: string,
  producer: string,
  tenant = '',
  agents: readonly string[] = [],
  now = new Date(),
): Promise<NewKey> {
  if (!NAME.test(producer) || producer === 'local' || producer === 'tripline')
    throw invalid(
      `A producer is named by a-z, 0-9, dot, dash and underscore, and not local or tripline; got ${producer}`,
    );
  if (tenant.length > 128) throw invalid('A tenant has at most 128 characters');
  if (agents.length > 1000 || agents.some((agent) => agent === '' || agent.length > 256))
    throw invalid('A key names at most 1000 agents, each by 1 to 256 characters');
  const id = randomBytes(6).toString('hex');
  const key = `tlk_${id}_${randomBytes(20).toString('hex')}`;
  const stored = {
    id,
    producer,
    tenant,
    agents: [...agents],
    created: now.toISOString(),
    sha256: sha256(key).toString('hex'),
  };
  await change(data_dir, (keys) => [...keys, stored]);
  return { ...stored, key };
}

export function listKeys(data_dir: string): StoredKey[] {
  return read(join(data_dir, FILE));
}

/** Revokes a key by its id. False when there is none. Running doors notice within `REREAD_MS`. */
export async function revokeKey(data_dir: string, id: string): Promise<boolean> {
  let found = false;
  await change(data_dir, (keys) =>
    keys.filter((key) => {
      if (key.id === id) found = true;
      return key.id !== id;
    }),
  );
  return found;
}

/** How often the file is looked at for changes, at most. */
export const REREAD_MS = 500;

/** Keys of a data folder as a running door sees them: read again when the file has changed. */
export function openKeys(data_dir: string, now: () => number = Date.now): Keys {
  const file = join(data_dir, FILE);
  let keys = new Map<string, StoredKey>();
  let seen = '';
  let looked = Number.NEGATIVE_INFINITY;
  const refresh = () => {
    if (now() - looked < REREAD_MS) return;
    looked = now();
    const version = versionOf(file);
    if (version === seen) return;
    keys = new Map(read(file).map((key) => [key.id, key]));
    seen = version;
  };
  return {
    find(key) {
      refresh();
      const id = /^tlk_([0-9a-f]{12})_[0-9a-f]{40}$/.exec(key)?.[1];
      const stored = id === undefined ? undefined : keys.get(id);
      const known = Buffer.from(stored?.sha256 ?? NOBODY, 'hex');
      return timingSafeEqual(known, sha256(key)) ? stored : undefined;
    },
    count() {
      refresh();
      return keys.size;
    },
  };
}

const FILE = 'keys.json';
const NOBODY = '0'.repeat(64);

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function versionOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
}

function read(file: string): StoredKey[] {
  try {
    return KeyFile.parse(JSON.parse(readFileSync(file, 'utf8'))).keys;
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return [];
    throw new TriplineError('TRIPLINE_CONFIG_INVALID', `The keys in ${file} cannot be read`, { cause });
  }
}

/** Replaces the file in one step, so that a reader sees the old keys or the new ones; a lock keeps two writers apart. */
async function change(data_dir: string, edit: (keys: StoredKey[]) => StoredKey[]): Promise<void> {
  const file = join(data_dir, FILE);
  await mkdir(data_dir, { recursive: true, mode: 0o700 });
  const temporary = `${file}.new`;
  const handle = await open(temporary, 'wx', 0o600).catch((cause: unknown) => {
    const message = hasCode(cause, 'EEXIST')
      ? `Keys are being changed by another command; if none runs, remove ${temporary}`
      : `The keys in ${file} cannot be changed`;
    throw new TriplineError('TRIPLINE_DATA_DIR_UNUSABLE', message, { cause });
  });
  try {
    await handle.writeFile(`${JSON.stringify({ keys: edit(read(file)) }, null, 2)}\n`);
    await handle.sync();
    await handle.close();
    await rename(temporary, file);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}

function invalid(message: string): TriplineError {
  return new TriplineError('TRIPLINE_CONFIG_INVALID', message);
}
