import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openChdbStore } from '../chdb/chdb-store.ts';
import { type StoreConfig as Config, StoreConfig } from '../config.ts';
import type { Store } from '../store.ts';
import { MIGRATIONS } from './list.ts';
import { migrate } from './migrate.ts';
import { addColumn, changeRetention, TABLES } from './tables.ts';

const dir = mkdtempSync(join(tmpdir(), 'tripline-cluster-'));
let store: Store;
beforeAll(async () => {
  store = await openChdbStore({ dir });
});
afterAll(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});

const config = (sharded: boolean): Config =>
  StoreConfig.parse({ clickhouse: { url: 'http://host:8123', cluster: 'main', sharded } });

/** Everything that a new cluster is told, and what an older one is. */
async function told(of: Config): Promise<string[]> {
  const statements: string[] = [];
  const empty: Store = {
    ...store,
    query: async () => [],
    command: async (sql) => void statements.push(sql),
  };
  await migrate(empty, of, MIGRATIONS);
  return statements;
}

// There is no cluster here: what can be had of the engine is that it reads every statement.
describe.each([
  ['replicated', false],
  ['replicated and sharded', true],
])('the tables of a cluster, %s', (_, sharded) => {
  it('are made on every server by statements that ClickHouse can read', async () => {
    const statements = await told(config(sharded));
    expect(statements.length).toBeGreaterThan(TABLES.length);
    for (const sql of statements) {
      if (!sql.startsWith('INSERT')) expect(sql).toContain(' ON CLUSTER main');
      await store.query(`EXPLAIN AST ${sql}`);
    }
  });

  it('are replicated, each shard with its own log', async () => {
    const statements = (await told(config(sharded))).filter((sql) => sql.includes('MergeTree'));
    for (const sql of statements.filter((sql) => !sql.includes('schema_migrations')))
      expect(sql).toContain("ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')");
    const token = statements.filter((sql) => / replicated_deduplication_window = 10000/.test(sql));
    expect(new Set(token.map((sql) => /EXISTS (\w+)/.exec(sql)![1])).size).toBe(TABLES.length);
  });
});

describe('the tables of a sharded cluster', () => {
  it('are read and written through one that spreads rows by what belongs together', async () => {
    const spread = (await told(config(true))).filter((sql) => sql.includes('Distributed'));
    expect(
      [...new Set(spread)].map((sql) => sql.replace(/^.*EXISTS (\w+) ON CLUSTER main AS (\w+) ENGINE = /s, '$1 $2 ')),
    ).toEqual([
      "events events_local Distributed(main, currentDatabase(), events_local, cityHash64(if(agent_id != '', agent_id, credential)))",
      'alerts alerts_local Distributed(main, currentDatabase(), alerts_local, cityHash64(alert_id))',
      'revocations revocations_local Distributed(main, currentDatabase(), revocations_local, cityHash64(order_id))',
      'rejects rejects_local Distributed(main, currentDatabase(), rejects_local, cityHash64(producer))',
      'coverage_gaps coverage_gaps_local Distributed(main, currentDatabase(), coverage_gaps_local, cityHash64(detector))',
      'audit audit_local Distributed(main, currentDatabase(), audit_local, cityHash64(object))',
      'links links_local Distributed(main, currentDatabase(), links_local, cityHash64(chain))',
    ]);
  });

  it('gain a column and change their retention where the rows are', () => {
    const [events] = TABLES;
    const column = { name: 'agent_id', type: 'String' } as const;
    expect(addColumn(events!, column, config(true)).map((sql) => sql.slice(0, 42))).toEqual([
      'ALTER TABLE events_local ON CLUSTER main A',
      'ALTER TABLE events ON CLUSTER main ADD COL',
    ]);
    expect(addColumn(events!, column, config(false))).toHaveLength(1);
    expect(changeRetention(events!, config(true))).toMatch(/^ALTER TABLE events_local ON CLUSTER main MODIFY TTL /);
  });
});
