import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { EVENT } from '../../event/event.ts';
import { encodeFrame } from '../../event/frame/index.ts';
import { openChdbStore } from '../chdb/chdb-store.ts';
import { StoreConfig } from '../config.ts';
import type { Store } from '../store.ts';
import { MIGRATIONS, type Migration } from './list.ts';
import { migrate } from './migrate.ts';
import { TABLES } from './tables.ts';

const root = mkdtempSync(join(tmpdir(), 'tripline-migrate-'));
let store: Store | undefined;
let folders = 0;
beforeEach(async () => {
  await store?.close();
  store = await openChdbStore({ dir: join(root, String(folders++)) });
});
afterAll(async () => {
  await store?.close();
  rmSync(root, { recursive: true });
});

const DAY_MS = 86_400_000;
const columns = (table: string) =>
  store!.query<{ name: string; type: string }>(
    'SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {table:String} ORDER BY position',
    { table },
  );
const versions = () => store!.query('SELECT version, name FROM schema_migrations ORDER BY version');

/** A store that counts what changes it. */
function counted(inner: Store): Store & { commands: string[] } {
  const commands: string[] = [];
  return {
    ...inner,
    commands,
    command: (sql) => {
      commands.push(sql);
      return inner.command(sql);
    },
  };
}

describe('the list of migrations', () => {
  it('is numbered from 1 without holes', () => {
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, i) => i + 1));
  });
});

describe('the tables', () => {
  it('have the columns of their records', async () => {
    await migrate(store!);
    for (const { type } of TABLES) expect(await columns(type.name)).toEqual(type.columns);
    expect(await versions()).toEqual(MIGRATIONS.map(({ version, name }) => ({ version, name })));
  });

  it('stay as they are when nothing changed', async () => {
    await migrate(store!);
    const again = counted(store!);
    await migrate(again);
    // Only the table of notes is asked for.
    expect(again.commands).toHaveLength(1);
  });

  it('come about also when a process died between a migration and the note of it', async () => {
    for (const statement of MIGRATIONS[0]!.statements(StoreConfig.parse({}))) await store!.command(statement);
    await migrate(store!);
    expect(await versions()).toHaveLength(MIGRATIONS.length);
  });

  it('gain the columns of a later version, empty for older rows', async () => {
    await migrate(store!);
    const rows = [{ event_id: 'old', received: Date.now(), tool_name: 'x' }];
    await store!.insert({ table: 'events', frames: [encodeFrame(EVENT.columns, rows)], token: '1' });
    await store!.command('ALTER TABLE events DROP COLUMN tool_name');
    await store!.insert({ table: 'events', frames: [encodeFrame(EVENT.columns, rows)], token: '2' });
    await migrate(store!);
    await store!.insert({ table: 'events', frames: [encodeFrame(EVENT.columns, rows)], token: '3' });
    const read = await store!.query('SELECT event_id, tool_name FROM events ORDER BY tool_name');
    expect(read.map((row) => (row as { tool_name: string }).tool_name)).toEqual(['', '', 'x']);
  });

  it('get a numbered migration once', async () => {
    const extra: Migration = {
      version: MIGRATIONS.length + 1,
      name: "somebody's table",
      statements: () => [
        'CREATE TABLE IF NOT EXISTS extra (a UInt8) ENGINE = MergeTree ORDER BY a',
        'INSERT INTO extra VALUES (1)',
      ],
    };
    for (let i = 0; i < 2; i++) await migrate(store!, StoreConfig.parse({}), [...MIGRATIONS, extra]);
    expect(await store!.query('SELECT a FROM extra')).toEqual([{ a: 1 }]);
    expect((await versions()).at(-1)).toEqual({ version: extra.version, name: extra.name });
  });

  it('forget what is older than the configured days, by the time of receipt', async () => {
    await migrate(store!, StoreConfig.parse({ events_days: 30 }));
    const old = Date.UTC(2001, 0, 1);
    const rows = [
      { event_id: 'old log, just replayed', time: old, received: Date.now() },
      { event_id: 'a week ago', received: Date.now() - 7 * DAY_MS },
      { event_id: 'long ago', received: Date.now() - 40 * DAY_MS },
    ];
    await store!.insert({ table: 'events', frames: [encodeFrame(EVENT.columns, rows)], token: '1' });
    const kept = async () => {
      await store!.command('OPTIMIZE TABLE events FINAL');
      const read = await store!.query<{ event_id: string }>('SELECT event_id FROM events ORDER BY event_id');
      return read.map(({ event_id }) => event_id);
    };
    expect(await kept()).toEqual(['a week ago', 'old log, just replayed']);
    await migrate(store!, StoreConfig.parse({ events_days: 5 }));
    const changed = counted(store!);
    await migrate(changed, StoreConfig.parse({ events_days: 5 }));
    expect(changed.commands).toHaveLength(1);
    const [table] = await store!.query<{ engine_full: string }>(
      "SELECT engine_full FROM system.tables WHERE name = 'events'",
    );
    expect(table!.engine_full).toContain('TTL toDateTime(received) + toIntervalDay(5) ');
  });

  it('take a block that was received on more days than one insert may usually touch', async () => {
    await migrate(store!, StoreConfig.parse({ events_days: 3650 }));
    const rows = Array.from({ length: 150 }, (_, i) => ({ event_id: `${i}`, received: Date.now() - i * DAY_MS }));
    await store!.insert({ table: 'events', frames: [encodeFrame(EVENT.columns, rows)], token: '1' });
    expect(await store!.query('SELECT count() AS n FROM events')).toEqual([{ n: 150 }]);
  });
});
