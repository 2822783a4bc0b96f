import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClickHouseServer, startClickHouse } from '../../../test/support/clickhouse.ts';
import { EVENT } from '../../event/event.ts';
import { encodeFrame } from '../../event/frame/index.ts';
import { testStore } from '../contract.ts';
import { migrate } from '../migrations/migrate.ts';
import type { Store } from '../store.ts';
import { openClickHouseStore } from './clickhouse-store.ts';
import { ClickHouseConfig } from './config.ts';

const PASSWORD = 'TRIPLINE_TEST_CLICKHOUSE_PASSWORD';

function open(server: ClickHouseServer, over: object = {}): Store {
  process.env[PASSWORD] = server.password;
  const clickhouse = ClickHouseConfig.parse({
    url: server.url,
    user: server.user,
    database: 'default',
    password: { env: PASSWORD },
    ...over,
  });
  return openClickHouseStore({ clickhouse });
}

testStore('on a ClickHouse server', async () => {
  const server = await startClickHouse();
  const store = open(server);
  return {
    store,
    async close() {
      await store.close();
      await server.close();
    },
  };
});

describe('a ClickHouse server that fails', () => {
  let server: ClickHouseServer;
  let store: Store;
  beforeAll(async () => {
    server = await startClickHouse();
    store = open(server, { request_ms: 1500 });
    await migrate(store);
  });
  afterAll(async () => {
    await store.close();
    await server.close();
  });
  const block = (id: string) => ({
    table: 'events',
    frames: [encodeFrame(EVENT.columns, [{ event_id: id, received: Date.now() }])],
    token: id,
  });
  const count = async (id: string) =>
    (await store.query<{ n: number }>('SELECT count() AS n FROM events WHERE event_id = {id:String}', { id }))[0]!.n;
  const AWAY = { code: 'TRIPLINE_STORE_UNAVAILABLE', retriable: true };

  it.each<[what: string, fault: ClickHouseServer['faults'][0], stored: number]>([
    ['is busy', 'refuse', 0],
    ['says no after it has stored', 'fail_after', 1],
    ['is cut off after it has stored', 'cut_after', 1],
    ['does not answer', 'hang', 0],
    ['is behind a proxy that fails', 'proxy_error', 0],
  ])('and %s is asked again, and has a block once', async (_, fault, stored) => {
    const one = block(`fault-${fault}`);
    server.faults.push(fault);
    await expect(store.insert(one)).rejects.toMatchObject(AWAY);
    expect(await count(one.token)).toBe(stored);
    await store.insert(one);
    expect(await count(one.token)).toBe(1);
  });

  it('and is down is waited for', async () => {
    await server.down();
    await expect(store.insert(block('down'))).rejects.toMatchObject(AWAY);
    await expect(store.query('SELECT 1')).rejects.toMatchObject(AWAY);
    await server.up();
    await store.insert(block('down'));
    expect(await count('down')).toBe(1);
  });

  it('and does not know the password lets nobody in is asked again, without showing the password', async () => {
    process.env[PASSWORD] = 'another';
    const stranger = openClickHouseStore({
      clickhouse: ClickHouseConfig.parse({ url: server.url, database: 'default', password: { env: PASSWORD } }),
    });
    const error = await stranger.query('SELECT 1').catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject(AWAY);
    expect(String(error)).not.toContain('another');
    await expect(stranger.insert(block('stranger'))).rejects.toMatchObject(AWAY);
    await stranger.close();
  });
});

describe('the configuration of a server', () => {
  it.each([
    ['an address with a password', { url: 'http://user:secret@host:8123' }],
    ['another protocol', { url: 'tcp://host:9000' }],
    ['a database that is SQL', { url: 'http://host:8123', database: 'a; DROP' }],
    ['a cluster that is SQL', { url: 'http://host:8123', cluster: "c'" }],
  ])('refuses %s', (_, config) => {
    expect(ClickHouseConfig.safeParse(config).success).toBe(false);
  });

  it('names a password that is missing', () => {
    const clickhouse = ClickHouseConfig.parse({ url: 'http://host:8123', password: { env: 'NOT_THERE' } });
    expect(() => openClickHouseStore({ clickhouse })).toThrow(
      'A secret of store.clickhouse is missing: environment variable NOT_THERE is absent or empty',
    );
  });
});
