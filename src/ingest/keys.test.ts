import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createMetrics } from '../metrics/metrics.ts';
import { IngestConfig } from './config.ts';
import { createKey, listKeys, openKeys, REREAD_MS, revokeKey } from './keys.ts';
import { createIdentify, isLoopback } from './producers.ts';
import { loadSecret } from './secret.ts';

const root = mkdtempSync(join(tmpdir(), 'tripline-keys-'));
afterAll(() => rmSync(root, { recursive: true }));
let dir: string;
let count = 0;
beforeEach(() => {
  count += 1;
  dir = join(root, String(count));
});
const mode = (file: string) => statSync(join(dir, file)).mode & 0o777;

describe('the secret of an installation', () => {
  it('is made once, 32 bytes that only its owner can read', async () => {
    const [a, b] = await Promise.all([loadSecret(dir), loadSecret(dir)]);
    expect(a.length).toBe(32);
    expect(b.equals(a)).toBe(true);
    expect((await loadSecret(dir)).equals(a)).toBe(true);
    expect(mode('secret')).toBe(0o600);
  });

  it('is refused when the file holds something else', async () => {
    await loadSecret(dir);
    writeFileSync(join(dir, 'secret'), 'short');
    await expect(loadSecret(dir)).rejects.toMatchObject({ code: 'TRIPLINE_DATA_DIR_UNUSABLE' });
    await expect(loadSecret('/dev/null/nowhere')).rejects.toMatchObject({ code: 'TRIPLINE_DATA_DIR_UNUSABLE' });
  });
});

describe('API keys', () => {
  it('are shown once and stored hashed, in a file that only its owner can read', async () => {
    const made = await createKey(dir, 'gateway', 'acme', [], new Date('2026-11-25T10:00:00Z'));
    expect(made.key).toMatch(/^tlk_[0-9a-f]{12}_[0-9a-f]{40}$/);
    const { key, ...stored } = made;
    expect(listKeys(dir)).toEqual([stored]);
    expect(stored).toMatchObject({ producer: 'gateway', tenant: 'acme', created: '2026-11-25T10:00:00.000Z' });
    expect(readFileSync(join(dir, 'keys.json'), 'utf8')).not.toContain(key.slice(17));
    expect(mode('keys.json')).toBe(0o600);
  });

  it('are known until revoked, also by a door that is already running', async () => {
    let now = 0;
    const keys = openKeys(dir, () => now);
    expect(keys.count()).toBe(0);
    const a = await createKey(dir, 'a');
    const b = await createKey(dir, 'b');
    now += REREAD_MS;
    expect(keys.find(a.key)?.producer).toBe('a');
    expect(keys.find(b.key)?.producer).toBe('b');
    const half = a.key.slice(0, 17) + b.key.slice(17);
    for (const wrong of [
      '',
      'tlk_',
      half,
      `${a.key}0`,
      a.key.toUpperCase(),
      '__proto__',
      `tlk_${'0'.repeat(12)}_${'0'.repeat(40)}`,
    ])
      expect(keys.find(wrong)).toBeUndefined();
    expect(await revokeKey(dir, a.id)).toBe(true);
    expect(await revokeKey(dir, a.id)).toBe(false);
    now += REREAD_MS;
    expect(keys.find(a.key)).toBeUndefined();
    expect(keys.find(b.key)?.producer).toBe('b');
  });

  it('are lost by no second command: one of two at a time is told to wait', async () => {
    const results = await Promise.allSettled(Array.from({ length: 5 }, (_, i) => createKey(dir, `p${i}`)));
    const made = results.filter(({ status }) => status === 'fulfilled').length;
    expect(listKeys(dir).length).toBe(made);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'TRIPLINE_DATA_DIR_UNUSABLE' });
    await createKey(dir, 'later');
    expect(listKeys(dir).length).toBe(made + 1);
  });

  it('name a producer that is not one of ours', async () => {
    for (const name of ['', 'A', 'a b', 'a/b', 'local', 'tripline', 'x'.repeat(65)])
      await expect(createKey(dir, name)).rejects.toMatchObject({ code: 'TRIPLINE_CONFIG_INVALID' });
  });

  it('in a file that is broken stop the door with a sentence', async () => {
    await createKey(dir, 'a');
    writeFileSync(join(dir, 'keys.json'), '{"keys":[{}]}');
    expect(() => openKeys(dir).count()).toThrow(/The keys in .* cannot be read/);
  });
});

describe('a producer', () => {
  const metrics = createMetrics();
  const config = (more: object = {}) => IngestConfig.parse(more);

  it('is the one of its key, with the source that it names', async () => {
    const { key } = await createKey(dir, 'gateway', 'acme', ['ci-*']);
    const identify = createIdentify(config({ sources_max: 2 }), openKeys(dir), metrics);
    const gateway = { producer: 'gateway', tenant: 'acme', agents: ['ci-*'] };
    expect(identify({ authorization: `Bearer ${key}` })).toEqual(gateway);
    expect(identify({ authorization: `bearer  ${key}` })).toEqual(gateway);
    expect(identify({ 'x-tripline-key': key, origin: 'https://x.example' })).toEqual(gateway);
    expect(identify({ 'x-tripline-key': key, 'tripline-source': 'eu.1' }).producer).toBe('gateway/eu.1');
    for (const source of ['', 'A', 'a/b', 'a, b', 'x'.repeat(65)])
      expect(() => identify({ 'x-tripline-key': key, 'tripline-source': source })).toThrow('tripline-source');
    identify({ 'x-tripline-key': key, 'tripline-source': 'two' });
    expect(() => identify({ 'x-tripline-key': key, 'tripline-source': 'three' })).toThrow('at most 2 sources');
    expect(() => identify({ authorization: 'Bearer nonsense' })).toThrow('not known');
  });

  it('on loopback may be local without a key, unless it is a web page or that is switched off', () => {
    const identify = createIdentify(config(), openKeys(dir), metrics);
    expect(identify({})).toEqual({ producer: 'local', tenant: '', agents: [] });
    expect(identify({ 'tripline-source': 'feed' })).toEqual({ producer: 'local/feed', tenant: '', agents: [] });
    expect(() => identify({ origin: 'https://evil.example' })).toThrow('web page');
    expect(() => createIdentify(config({ loopback_without_key: false }), openKeys(dir), metrics)({})).toThrow(
      'key is needed',
    );
  });

  it('elsewhere always needs a key, and without any key the door does not open', async () => {
    const open = () => createIdentify(config({ host: '0.0.0.0' }), openKeys(dir), metrics);
    expect(open).toThrow(/ingest.host is 0.0.0.0, which others can reach, and no API key exists/);
    const { key } = await createKey(dir, 'gateway');
    expect(() => open()({})).toThrow('key is needed');
    expect(open()({ authorization: `Bearer ${key}` }).producer).toBe('gateway');
    expect(['127.0.0.1', '127.8.9.1', '::1', 'localhost'].every(isLoopback)).toBe(true);
    expect(['0.0.0.0', '::', '10.0.0.1', '127.evil.example', 'example.com'].some(isLoopback)).toBe(false);
  });
});
