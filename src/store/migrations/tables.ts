import { ACT } from '../../act/act.ts';
import { ALERT } from '../../alert/alert.ts';
import { LINK } from '../../audit/link.ts';
import { EVENT } from '../../event/event.ts';
import { type Column, type RecordType, TIME } from '../../event/field.ts';
import { GAP, REJECT } from '../../event/reject.ts';
import { ORDER } from '../../order/order.ts';
import type { StoreConfig } from '../config.ts';

/** How a kind of record lies in its table. */
export interface Table {
  type: RecordType;
  /**
   * When Tripline recorded it: partitions and retention go by this. Times that a producer states would let one block
   * touch thousands of partitions, and would drop a replayed old log on arrival.
   */
  recorded: string;
  partition: 'toYYYYMMDD' | 'toYYYYMM';
  order: readonly string[];
  days: (config: StoreConfig) => number;
  /** Columns that are looked up by value and are not first in the order. */
  lookups: readonly string[];
  /** Rows of one value lie on one shard. */
  shard: string;
}

export const TABLES: readonly Table[] = [
  {
    type: EVENT as RecordType,
    recorded: 'received',
    partition: 'toYYYYMMDD',
    order: ['tenant', 'agent_id', 'time'],
    days: (config) => config.events_days,
    lookups: ['event_id', 'credential', 'session', 'trace_id'],
    shard: "if(agent_id != '', agent_id, credential)",
  },
  {
    type: ALERT as RecordType,
    recorded: 'detected',
    partition: 'toYYYYMM',
    order: ['tenant', 'time', 'alert_id'],
    days: (config) => config.alerts_days,
    lookups: ['alert_id', 'agent_id', 'credential'],
    shard: 'alert_id',
  },
  {
    type: ORDER as RecordType,
    recorded: 'time',
    partition: 'toYYYYMM',
    order: ['tenant', 'order_id', 'seq'],
    days: (config) => config.revocations_days,
    lookups: ['order_id', 'alert_id'],
    shard: 'order_id',
  },
  {
    type: REJECT as RecordType,
    recorded: 'time',
    partition: 'toYYYYMM',
    order: ['tenant', 'producer', 'time'],
    days: (config) => config.rejects_days,
    lookups: [],
    shard: 'producer',
  },
  {
    type: GAP as RecordType,
    recorded: 'recorded',
    partition: 'toYYYYMM',
    order: ['tenant', 'detector', 'recorded'],
    days: (config) => config.coverage_gaps_days,
    lookups: [],
    shard: 'detector',
  },
  {
    type: ACT as RecordType,
    recorded: 'time',
    partition: 'toYYYYMM',
    order: ['object_kind', 'object', 'version'],
    days: (config) => config.audit_days,
    lookups: ['act_id', 'bulk_id'],
    shard: 'object',
  },
  {
    type: LINK as RecordType,
    recorded: 'time',
    partition: 'toYYYYMM',
    order: ['chain', 'seq'],
    days: (config) => Math.max(config.alerts_days, config.revocations_days, config.audit_days),
    lookups: ['record'],
    shard: 'chain',
  },
];

/** Inserts whose tokens a table remembers, over all partitions of the log. A crash leaves one open per partition. */
const TOKENS_KEPT = 10_000;

const SETTINGS = [
  'ttl_only_drop_parts = 1',
  // The offset of a block is committed after its insert: the rows must be there after a power cut too.
  'fsync_after_insert = 1',
  'fsync_part_directory = 1',
];

/** The table that holds the rows: of a sharded one, the part of each server. */
export function storedName(table: Table, { clickhouse }: StoreConfig): string {
  return clickhouse?.cluster !== undefined && clickhouse.sharded ? `${table.type.name}_local` : table.type.name;
}

/** One statement; two where rows are spread over shards. */
export function createTable(table: Table, config: StoreConfig): string[] {
  const name = storedName(table, config);
  const columns = table.type.columns.map((column) => `  ${columnSql(table, column.name, column)}`);
  const indexes = table.lookups.map((name) => `  INDEX by_${name} ${name} TYPE bloom_filter GRANULARITY 1`);
  const stored = [
    `CREATE TABLE IF NOT EXISTS ${name}${onCluster(config)} (`,
    [...columns, ...indexes].join(',\n'),
    `) ENGINE = ${engine(config)}`,
    `PARTITION BY ${table.partition}(${table.recorded})`,
    `ORDER BY (${table.order.join(', ')})`,
    `TTL ${retention(table, config)}`,
    `SETTINGS ${[`${window(config)} = ${TOKENS_KEPT}`, ...SETTINGS].join(', ')}`,
  ].join('\n');
  if (name === table.type.name) return [stored];
  const cluster = config.clickhouse!.cluster!;
  const spread = `Distributed(${cluster}, currentDatabase(), ${name}, cityHash64(${table.shard}))`;
  return [stored, `CREATE TABLE IF NOT EXISTS ${table.type.name}${onCluster(config)} AS ${name} ENGINE = ${spread}`];
}

export function onCluster({ clickhouse }: StoreConfig): string {
  return clickhouse?.cluster === undefined ? '' : ` ON CLUSTER ${clickhouse.cluster}`;
}

/** Servers say by their macros which shard and replica they are. */
function engine({ clickhouse }: StoreConfig): string {
  if (clickhouse?.cluster === undefined) return 'MergeTree';
  return "ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')";
}

function window({ clickhouse }: StoreConfig): string {
  return `${clickhouse?.cluster === undefined ? 'non_replicated' : 'replicated'}_deduplication_window`;
}

export function addColumn(table: Table, column: Column, config: StoreConfig): string[] {
  const names = new Set([storedName(table, config), table.type.name]);
  const what = `ADD COLUMN IF NOT EXISTS ${columnSql(table, column.name, column)}`;
  return [...names].map((name) => `ALTER TABLE ${name}${onCluster(config)} ${what}`);
}

export function changeRetention(table: Table, config: StoreConfig): string {
  const ttl = retention(table, config);
  const name = `${storedName(table, config)}${onCluster(config)}`;
  return `ALTER TABLE ${name} MODIFY TTL ${ttl} SETTINGS materialize_ttl_after_modify = 0`;
}

/** As ClickHouse writes it in `engine_full`. */
export function retention(table: Table, config: StoreConfig): string {
  return `toDateTime(${table.recorded}) + toIntervalDay(${table.days(config)})`;
}

function columnSql(table: Table, name: string, column: Column): string {
  const comment = table.type.fields[name]!.description.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  const codec = column.type === TIME ? ' CODEC(Delta, LZ4)' : '';
  return `\`${name}\` ${column.type} COMMENT '${comment}'${codec}`;
}
