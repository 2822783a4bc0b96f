import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENT } from '../event/event.ts';
import type { Column, RowOf } from '../event/field.ts';
import { encodeFrame } from '../event/frame/index.ts';
import { REJECT } from '../event/reject.ts';
import { migrate } from './migrations/migrate.ts';
import type { Store } from './store.ts';

const DAY_MS = 86_400_000;
const T = Date.UTC(2026, 5, 15, 12, 0, 0, 250);
let tokens = 0;

function frame(rows: Partial<RowOf<typeof EVENT.fields>>[], columns: readonly Column[] = EVENT.columns): Buffer {
  return encodeFrame(columns, rows);
}

/** Events that the engine keeps: retention goes by when they were received. */
function events(ids: readonly string[]) {
  return ids.map((event_id) => ({ event_id, time: T, received: Date.now() }));
}

const CODED = 'LowCardinality(String)';

type Get = () => Store;

/** What every store must do. `open` gives an empty one, made for this suite. */
export function testStore(name: string, open: () => Promise<{ store: Store; close(): Promise<void> }>): void {
  describe(`the store ${name}`, () => {
    let opened: Awaited<ReturnType<typeof open>>;
    const get = () => opened.store;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    it('asks to try again while there is no table', async () => {
      const insert = get().insert({ table: 'events', frames: [frame(events(['early']))], token: token() });
      await expect(insert).rejects.toMatchObject({ code: 'TRIPLINE_STORE_UNAVAILABLE', retriable: true });
      await migrate(get());
    });
    testInserts(get);
    testRefusals(get);
    testQueries(get);
    it('knows its size', async () => {
      expect(await get().size()).toBeGreaterThan(1000);
    });
  });
}

function token(): string {
  return `test-${tokens++}`;
}

async function ids(store: Store, prefix: string): Promise<string[]> {
  const sql = 'SELECT event_id FROM events WHERE startsWith(event_id, {prefix:String}) ORDER BY event_id';
  return (await store.query<{ event_id: string }>(sql, { prefix })).map(({ event_id }) => event_id);
}

function testInserts(get: Get): void {
  it('stores a frame as it is', async () => {
    const row = {
      ...events(['as-it-is'])[0],
      agent_id: 'agent-1',
      agent_name: "it's \\ \0 東京",
      credential: 'sha256:abc',
      credential_handles: { jti: 'x', iss: 'https://issuer' },
      args_values: [1, 2 ** 53 - 1],
      marks: ['clock_skew', 'clock_skew'],
      error_status: 403,
      cost_usd: 0.1,
      tokens_in: 2 ** 53 - 1,
    };
    await get().insert({ table: 'events', frames: [frame([row])], token: token() });
    const [read] = await get().query("SELECT * EXCEPT received FROM events WHERE event_id = 'as-it-is'");
    const { received: _, ...said } = row;
    expect(read).toMatchObject({
      ...said,
      time: '2026-06-15T12:00:00.250Z',
      tool_name: '',
      scope_tools: [],
      attributes: {},
    });
  });

  it('stores a token once, over many frames and days of receipt', async () => {
    const frames = Array.from({ length: 300 }, (_, i) =>
      frame([{ event_id: `once-${i}`, time: T, received: Date.now() - (i % 5) * DAY_MS }]),
    );
    const block = { table: 'events', frames, token: token() };
    for (let i = 0; i < 3; i++) await get().insert(block);
    expect(await ids(get(), 'once-')).toHaveLength(300);
    await get().insert({ ...block, token: token() });
    expect(await ids(get(), 'once-')).toHaveLength(600);
  });

  it('completes a block of which a crash left only some days', async () => {
    const days = (count: number) =>
      frame(Array.from({ length: count }, (_, i) => ({ event_id: `day-${i}`, received: Date.now() - i * DAY_MS })));
    const block = { table: 'events', token: token() };
    await get().insert({ ...block, frames: [days(1)] });
    await get().insert({ ...block, frames: [days(3)] });
    expect(await ids(get(), 'day-')).toEqual(['day-0', 'day-1', 'day-2']);
  });

  it('stores equal frames of different tokens', async () => {
    const frames = [frame(events(['twin']))];
    await get().insert({ table: 'events', frames, token: token() });
    await get().insert({ table: 'events', frames, token: token() });
    expect(await ids(get(), 'twin')).toEqual(['twin', 'twin']);
  });

  it('stores frames of an older and a newer version in one block, each once', async () => {
    const newer: Column[] = [{ name: 'from_the_future', type: 'Array(UInt64)' }, ...EVENT.columns.toReversed()];
    const older = EVENT.columns.filter(({ name }) => ['event_id', 'time', 'received'].includes(name));
    const other: Column[] = older.map((column) => (column.name === 'event_id' ? { ...column, type: CODED } : column));
    const frames = [
      frame(events(['version-1']), older),
      frame(events(['version-2'])),
      frame(events(['version-3']), newer),
      frame(events(['version-4']), older),
      frame(events(['version-5']), other),
      frame([]),
    ];
    const block = { table: 'events', frames, token: token() };
    await get().insert(block);
    await get().insert(block);
    expect(await ids(get(), 'version-')).toEqual(['version-1', 'version-2', 'version-3', 'version-4', 'version-5']);
  });
}

function testRefusals(get: Get): void {
  it('asks to try again when a table was dropped, and finds it when it is back', async () => {
    const insert = () =>
      get().insert({ table: 'rejects', frames: [encodeFrame(REJECT.columns, [{ time: Date.now() }])], token: token() });
    await insert();
    await get().command('RENAME TABLE rejects TO elsewhere');
    await expect(insert()).rejects.toMatchObject({ code: 'TRIPLINE_STORE_UNAVAILABLE', retriable: true });
    await get().command('RENAME TABLE elsewhere TO rejects');
    await insert();
    expect(await get().query('SELECT count() AS n FROM rejects')).toEqual([{ n: 2 }]);
  });

  it('stores nothing of a block with a frame that cannot be read', async () => {
    const good = frame(events(['beside-corrupt']));
    const corrupt = good.subarray(0, good.length - 1);
    const insert = get().insert({ table: 'events', frames: [good, corrupt], token: token() });
    await expect(insert).rejects.toMatchObject({ code: 'TRIPLINE_FRAME_CORRUPT', retriable: false });
    expect(await ids(get(), 'beside-corrupt')).toEqual([]);
  });

  it('stores nothing of a block with a value that its table cannot hold', async () => {
    const columns: Column[] = [
      { name: 'event_id', type: 'String' },
      { name: 'error_status', type: 'String' },
    ];
    const rows = [
      { event_id: 'misfit-1', error_status: '200' },
      { event_id: 'misfit-2', error_status: 'teapot' },
    ];
    const insert = get().insert({ table: 'events', frames: [encodeFrame(columns, rows)], token: token() });
    await expect(insert).rejects.toMatchObject({ code: 'TRIPLINE_STORE_REFUSED', retriable: false });
    expect(await ids(get(), 'misfit')).toEqual([]);
  });

  it('refuses a frame without any column of its table', async () => {
    const frames = [encodeFrame([{ name: 'unknown', type: 'String' }], [{}])];
    const insert = get().insert({ table: 'events', frames, token: token() });
    await expect(insert).rejects.toMatchObject({ code: 'TRIPLINE_STORE_REFUSED' });
  });
}

function testQueries(get: Get): void {
  it('binds parameters as values, whatever is in them', async () => {
    const text = `it's "quoted" \\ \n\t\0 {x:String} -- ; 東京 😀`;
    const params = { text, texts: [text, '', "'"], whole: 2 ** 53 - 1, small: -5, ms: T, map: { [text]: text } };
    const sql = `SELECT {text:String} AS text, {texts:Array(String)} AS texts, {whole:UInt64} AS whole, {small:Int32} AS small,
      fromUnixTimestamp64Milli({ms:Int64}, 'UTC') AS ms, {map:Map(String, String)} AS map`;
    expect(await get().query(sql, params)).toEqual([{ ...params, ms: '2026-06-15T12:00:00.250Z' }]);
  });

  it('answers an empty result with no rows', async () => {
    expect(await get().query('SELECT 1 WHERE 0')).toEqual([]);
  });

  it.each([
    ['not SQL', 'SELEC 1', {}],
    ['an unknown table', 'SELECT * FROM nowhere', {}],
    ['a missing parameter', 'SELECT {a:String}', {}],
    ['a parameter of another type', 'SELECT {a:UInt8}', { a: 'x' }],
  ])('refuses %s', async (_, sql, params) => {
    await expect(get().query(sql, params)).rejects.toMatchObject({
      code: 'TRIPLINE_STORE_REFUSED',
      retriable: false,
    });
  });

  it('asks to try again when a query ran out of time', async () => {
    const slow = 'SELECT sleepEachRow(0.1) FROM numbers(20) SETTINGS max_block_size = 1, max_execution_time = 0.2';
    await expect(get().query(slow)).rejects.toMatchObject({ code: 'TRIPLINE_STORE_UNAVAILABLE', retriable: true });
    // The rows it had found by then belong to nobody else's answer.
    expect(await get().query('SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  it('inserts and reads at the same time', async () => {
    const work = Array.from({ length: 20 }, async (_, i) => {
      await get().insert({ table: 'events', frames: [frame(events([`parallel-${i}`]))], token: token() });
      return get().query<{ n: number }>('SELECT count() AS n FROM events WHERE event_id = {id:String}', {
        id: `parallel-${i}`,
      });
    });
    expect((await Promise.all(work)).flat()).toEqual(Array.from({ length: 20 }, () => ({ n: 1 })));
  });
}
