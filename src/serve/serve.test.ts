import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ALERT } from '../alert/alert.ts';
import { followLive, type Live } from '../live/live.ts';
import { openLmdbLog } from '../log/lmdb/lmdb-log.ts';
import type { Log } from '../log/log.ts';
import { migrate, openChdbStore, type Store } from '../store/index.ts';
import { ServeConfig } from './config.ts';
import { openPort } from './port.ts';
import { type Api, alert, put, rawGet, startApi, T } from './testing/api.ts';

const dir = mkdtempSync(join(tmpdir(), 'tripline-serve-'));
let log: Log;
let store: Store;
let live: Live;
let api: Api;

beforeAll(async () => {
  log = await openLmdbLog({ dir: join(dir, 'log') });
  store = await openChdbStore({ dir: join(dir, 'store') });
  await migrate(store);
  live = await followLive(log, 'live');
  api = await startApi({ store, live });
});
afterAll(async () => {
  await api.close();
  await live.close();
  await log.close();
  await store.close();
  rmSync(dir, { recursive: true });
});

describe('health', () => {
  afterEach(() => {
    api.health.now = { status: 'ok' };
  });

  it('shows every part', async () => {
    api.health.now = { status: 'ok', archive: { lag_records: 3 } };
    expect((await api.get('/api/health')).body).toEqual({ status: 'ok', archive: { lag_records: 3 } });
  });

  it('is alive and not ready while it starts', async () => {
    const port = await openPort({ host: '127.0.0.1', port: 0, in_container: false });
    const answers = await Promise.all(['/healthz', '/readyz', '/'].map((path) => fetch(port.url + path)));
    expect(answers.map(({ status }) => status)).toEqual([200, 503, 503]);
    expect(await answers[1]!.json()).toEqual({ status: 'starting' });
    await port.close();
    await expect(fetch(port.url)).rejects.toThrow();
  });

  it('is ready where it does its part while another process does not', async () => {
    api.health.now = { status: 'degraded', ready: true };
    expect(await api.get('/readyz')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('is alive and not ready while degraded', async () => {
    expect((await api.get('/readyz')).status).toBe(200);
    api.health.now = { status: 'degraded' };
    const { status: code, body } = await api.get('/readyz');
    expect([code, body]).toEqual([503, { status: 'degraded' }]);
    expect(await api.get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect((await api.get('/api/health')).status).toBe(200);
  });
});

describe('a store that does not do its part', () => {
  it('is a 503 with its code when it refuses, and the rest answers', async () => {
    await put(store, ALERT, [alert('a', T)]);
    await store.command('RENAME TABLE alerts TO elsewhere');
    try {
      const { status, body } = await api.get('/api/alerts');
      expect([status, body.error]).toEqual([503, 'TRIPLINE_STORE_REFUSED']);
      expect((await api.get('/healthz')).status).toBe(200);
      expect((await api.get('/api/revocations')).status).toBe(200);
    } finally {
      await store.command('RENAME TABLE elsewhere TO alerts');
    }
    expect((await api.get('/api/alerts/a')).status).toBe(200);
  });

  it('is a 503 with its code while it is slow, and answers when it is done', async () => {
    const impatient = await startApi({ store, live, config: { answer_ms_max: 50 } });
    try {
      const long = store.query('SELECT sleep(3) AS slept');
      const { status, body, headers } = await impatient.get('/api/alerts');
      expect([status, body.error]).toEqual([503, 'TRIPLINE_STORE_UNAVAILABLE']);
      expect(headers.get('retry-after')).toBe('1');
      expect((await impatient.get('/healthz')).status).toBe(200);
      expect((await impatient.get('/api/health')).status).toBe(200);
      expect((await fetch(`${impatient.url}/metrics`)).status).toBe(200);
      await long;
      await expect.poll(async () => (await impatient.get('/api/alerts')).status, { timeout: 30_000 }).toBe(200);
    } finally {
      await impatient.close();
    }
  });

  it('is a 503 with its code when it is closed', async () => {
    const closed = await openChdbStore({ dir: join(dir, 'store') });
    await closed.close();
    const other = await startApi({ store: closed, live });
    try {
      for (const path of ['/api/alerts', '/api/alerts/a', '/api/rejects', '/api/gaps', '/api/agents/a/timeline']) {
        const { status, body } = await other.get(path);
        expect([status, body.error], path).toEqual([503, 'TRIPLINE_STORE_UNAVAILABLE']);
      }
      expect((await other.get('/healthz')).status).toBe(200);
    } finally {
      await other.close();
    }
  });
});

describe('who may ask', () => {
  const PATHS = ['/', '/rules', '/api/alerts', '/api/stream', '/metrics', '/healthz', '/nothing'];

  it.each([
    'evil.example',
    'evil.example:4380',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '127.0.0.2',
    '0.0.0.0',
    'localhost@evil.example',
  ])('is nobody under the name %j: a site may point it at this machine', async (host) => {
    for (const path of PATHS) expect(await rawGet(api.url, path, { host }), path).toBe(403);
  });

  it.each(['localhost', 'LocalHost:1', '127.0.0.1', '127.0.0.1:65535', '[::1]:4380'])('is %s', async (host) => {
    expect(await rawGet(api.url, '/api/alerts', { host })).toBe(200);
  });

  it('is nobody from another machine', async () => {
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.com', ''])
      expect(ServeConfig.safeParse({ host }).success, host).toBe(false);
    const port = Number(new URL(api.url).port);
    const outside = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of outside) {
      const error = await new Promise((resolve) =>
        connect(port, address, () => resolve(undefined)).on('error', resolve),
      );
      expect(error, address).toMatchObject({ code: 'ECONNREFUSED' });
    }
  });

  it.each(['127.0.0.1', 'localhost', '::1'])('can reach it on %s', async (host) => {
    const other = await startApi({ store, live, config: { host } });
    expect((await other.get('/healthz')).status).toBe(200);
    await other.close();
  });

  it('is told when the port is taken', async () => {
    const { port } = new URL(api.url);
    await expect(startApi({ store, live, config: { port: Number(port) } })).rejects.toMatchObject({
      code: 'TRIPLINE_ADDRESS_IN_USE',
      message: expect.stringContaining(port),
    });
  });
});

describe('every answer', () => {
  it.each(['/', '/revocations', '/api/alerts', '/api/alerts?x=1', '/nothing', '/metrics', '/api/stream'])(
    'at %s lets no browser run, guess, frame or share it',
    async (path) => {
      const abort = new AbortController();
      const { headers } = await fetch(api.url + path, { signal: abort.signal });
      abort.abort();
      const policy = new Map(
        headers
          .get('content-security-policy')
          ?.split('; ')
          .map((rule) => {
            const [name = '', ...values] = rule.split(' ');
            return [name, values.join(' ')];
          }),
      );
      expect(policy.get('default-src')).toBe("'none'");
      expect(policy.get('script-src')).toBe("'self'");
      expect(policy.get('frame-ancestors')).toBe("'none'");
      expect([...policy.values()].join(' ')).not.toMatch(/unsafe|\*/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    },
  );

  it('has the type it says', async () => {
    const types: Record<string, string> = {
      '/metrics': 'text/plain; version=0.0.4; charset=utf-8',
      '/api/alerts': 'application/json; charset=utf-8',
    };
    for (const [path, type] of Object.entries(types))
      expect((await fetch(api.url + path)).headers.get('content-type'), path).toBe(type);
  });

  it('is none for other methods', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
      expect((await fetch(`${api.url}/api/alerts`, { method })).status, method).toBe(404);
    expect((await fetch(`${api.url}/api/stream`, { method: 'HEAD' })).status).toBe(404);
  });
});
