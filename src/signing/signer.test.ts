import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSigner, type Signer } from './signer.ts';

const DAY = 86_400_000;
let dir: string;
let now = Date.now();
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tripline-signer-'));
});
afterEach(() => rm(dir, { recursive: true }));

const open = () =>
  openSigner({ dir, rotate_after_ms: 90 * DAY, publish_ahead_ms: DAY, overlap_ms: 7 * DAY, now: () => now });
const verifies = async (signer: Signer, token: string) => {
  const keys = createLocalJWKSet(await signer.jwks());
  return jwtVerify(token, keys).then(
    ({ payload }) => payload,
    () => undefined,
  );
};
const kidOf = (token: string) => decodeProtectedHeader(token).kid;

describe('the signer', () => {
  it('signs what its published keys verify, before and after a restart', async () => {
    const token = await (await open()).sign({ a: 1 }, 'test+jwt');
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'ES256', typ: 'test+jwt' });
    expect(await verifies(await open(), token)).toEqual({ a: 1 });
    expect(kidOf(await (await open()).sign({}, 'x'))).toBe(kidOf(token));
  });

  it('publishes no private part, and keeps its file for its owner', async () => {
    const signer = await open();
    expect(JSON.stringify(await signer.jwks())).not.toContain('"d"');
    expect((await stat(join(dir, 'signing-keys.json'))).mode & 0o777).toBe(0o600);
  });

  it('publishes the next key a day before it signs, and an old one a week after', async () => {
    const signer = await open();
    const old = await signer.sign({ n: 1 }, 'x');
    const count = async () => (await signer.jwks()).keys.length;
    now += 89 * DAY - 1;
    expect(await count()).toBe(1);
    now += 1;
    expect(await count()).toBe(2);
    expect(kidOf(await signer.sign({}, 'x'))).toBe(kidOf(old));
    now += DAY;
    const young = await signer.sign({ n: 2 }, 'x');
    expect(kidOf(young)).not.toBe(kidOf(old));
    expect(await verifies(signer, old)).toEqual({ n: 1 });
    now += 7 * DAY;
    expect(await count()).toBe(1);
    expect(await verifies(signer, old)).toBeUndefined();
    expect(await verifies(signer, young)).toEqual({ n: 2 });
  });

  it('refuses a file that is none of its own, instead of writing over it', async () => {
    await writeFile(join(dir, 'signing-keys.json'), '{}');
    await expect(open()).rejects.toMatchObject({ code: 'TRIPLINE_CONFIG_INVALID' });
    expect(await readFile(join(dir, 'signing-keys.json'), 'utf8')).toBe('{}');
  });
});
