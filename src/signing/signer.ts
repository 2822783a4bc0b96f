import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import * as z from 'zod';
import { hasCode, TriplineError } from '../errors.ts';

const ALG = 'ES256';
const FILE = 'signing-keys.json';

const StoredKey = z.strictObject({
  kid: z.string().min(1),
  /** Private JWK. */
  jwk: z.looseObject({ kty: z.string() }),
  /** Epoch ms from which on it signs; it is published before. */
  signs_from: z.number(),
});
const KeyFile = z.strictObject({ keys: z.array(StoredKey).min(1) });
type StoredKey = z.output<typeof StoredKey>;

export interface SignerOptions {
  /** Folder of the key file. */
  dir: string;
  /** A key signs this long before the next one is made. */
  rotate_after_ms: number;
  /** A new key is published this long before it signs, so that whoever caches the set has it in time. */
  publish_ahead_ms: number;
  /** An old key stays published this long after it signed last. */
  overlap_ms: number;
  now?: () => number;
}

/** Signs what Tripline says of itself, with keys that it makes and rotates by itself (ES256). */
export interface Signer {
  /** A JWT of these claims; `typ` says of what kind. */
  sign(claims: Record<string, unknown>, typ: string): Promise<string>;
  /** The public keys (RFC 7517): the one that signs, the one that will, and those that did lately. */
  jwks(): Promise<{ keys: JWK[] }>;
}

/** For who asks receivers what they can do, and sends nothing. */
export const NO_SIGNER: Signer = {
  sign: () => Promise.reject(new Error('Nothing is signed here')),
  jwks: async () => ({ keys: [] }),
};

/**
 * Opens the keys of a folder; the first one is made where there is none, for its owner's eyes only.
 * @throws TriplineError TRIPLINE_CONFIG_INVALID when the file cannot be read
 */
export async function openSigner(options: SignerOptions): Promise<Signer> {
  const { dir, rotate_after_ms, publish_ahead_ms, overlap_ms, now = Date.now } = options;
  const file = join(dir, FILE);
  let keys = await read(file);
  let turn = Promise.resolve();

  const rotate = async (): Promise<void> => {
    const at = now();
    const newest = keys.at(-1);
    // What was replaced long ago verifies nothing that anybody still holds.
    const kept = keys.filter((_, i) => at < (keys[i + 1]?.signs_from ?? Number.POSITIVE_INFINITY) + overlap_ms);
    const due = newest === undefined || at >= newest.signs_from + rotate_after_ms - publish_ahead_ms;
    if (!due && kept.length === keys.length) return;
    const next = due ? [...kept, await makeKey(newest === undefined ? at : at + publish_ahead_ms)] : kept;
    await write(file, dir, next);
    keys = next;
  };
  const current = async (): Promise<readonly StoredKey[]> => {
    const done = turn.then(rotate);
    turn = done.catch(() => {});
    await done;
    return keys;
  };
  await current();
  return {
    async sign(claims, typ) {
      const at = now();
      const key = (await current()).findLast(({ signs_from }) => signs_from <= at)!;
      return new SignJWT(claims)
        .setProtectedHeader({ alg: ALG, kid: key.kid, typ })
        .sign(await importJWK(key.jwk as JWK, ALG));
    },
    async jwks() {
      return { keys: (await current()).map(({ kid, jwk }) => publicOf(kid, jwk as JWK)) };
    },
  };
}

function publicOf(kid: string, { d: _, ...shown }: JWK): JWK {
  return { ...shown, kid, alg: ALG, use: 'sig' };
}

async function makeKey(signs_from: number): Promise<StoredKey> {
  const { privateKey } = await generateKeyPair(ALG, { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { kid: await calculateJwkThumbprint(jwk), jwk: jwk as StoredKey['jwk'], signs_from };
}

async function read(file: string): Promise<StoredKey[]> {
  try {
    return KeyFile.parse(JSON.parse(await readFile(file, 'utf8'))).keys;
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return [];
    throw new TriplineError('TRIPLINE_CONFIG_INVALID', `The signing keys in ${file} cannot be read`, { cause });
  }
}

/** In one step: a reader sees the old keys or the new ones. */
async function write(file: string, dir: string, keys: readonly StoredKey[]): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const temporary = `${file}.new`;
  await rm(temporary, { force: true });
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify({ keys })}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
