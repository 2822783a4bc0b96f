import { createHash } from 'node:crypto';
import * as z from 'zod';
import { ACT } from '../act/act.ts';
import { ALERT } from '../alert/alert.ts';
import { CODE, field, type RecordType, type RowOf, recordType, TIME } from '../event/field.ts';
import { ORDER } from '../order/order.ts';

const text = z.string().max(4096);
const hash = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * One link of a hash chain: of one row that the archive stored. `head` covers the row and every row before it in its chain, so that
 * whoever kept a head can tell later whether a row was changed, removed or slipped in.
 */
export const LINK = recordType('links', {
  time: field(TIME, z.iso.datetime(), 'Log time of the block that brought the row'),
  chain: field(CODE, text, 'topic/partition: each has a chain of its own'),
  seq: field('UInt64', z.int(), 'Number in the chain, from 1, without holes'),
  tenant: field(CODE, text, 'Whose row it is'),
  record: field('String', text, 'alert_id, act_id, or order_id/seq of a transition'),
  row_hash: field('String', hash, 'SHA-256 of the row: its columns that say something, by name'),
  previous: field('String', text, 'Head before it; empty for the first'),
  head: field('String', hash, 'SHA-256 over previous, chain, seq, record and row_hash'),
});
export type Link = Readonly<RowOf<(typeof LINK)['fields']>>;

/** Where a chain ends. */
export interface Head {
  seq: number;
  head: string;
}

/** A kind of row that is chained. */
export interface Chained {
  type: RecordType;
  /** SQL and code agree on it. */
  idSql: string;
  idOf(row: Readonly<Record<string, unknown>>): string;
}

export const CHAINED: Readonly<Record<'alerts' | 'revocations' | 'audit', Chained>> = {
  alerts: { type: ALERT as RecordType, idSql: 'alert_id', idOf: ({ alert_id }) => String(alert_id) },
  audit: { type: ACT as RecordType, idSql: 'act_id', idOf: ({ act_id }) => String(act_id) },
  revocations: {
    type: ORDER as RecordType,
    idSql: "concat(order_id, '/', toString(seq))",
    idOf: ({ order_id, seq }) => `${order_id}/${seq}`,
  },
};

/** The links that follow `after` for these rows. */
export function linksOf(
  chained: Chained,
  chain: string,
  time: number,
  after: Head,
  rows: readonly Readonly<Record<string, unknown>>[],
): Link[] {
  let { seq, head } = after;
  return rows.map((row) => {
    const previous = head;
    seq += 1;
    const said = { chain, seq, record: chained.idOf(row), row_hash: rowHash(chained.type, row) };
    head = headAfter(previous, said);
    return { time, tenant: String(row.tenant), ...said, previous, head };
  });
}

export function headAfter(
  previous: string,
  { chain, seq, record, row_hash }: Pick<Link, 'chain' | 'seq' | 'record' | 'row_hash'>,
): string {
  return sha256(JSON.stringify([previous, chain, seq, record, row_hash]));
}

/**
 * Hash of a row, the same from a frame (times as epoch ms) and from the store (ISO texts). Columns that say nothing are left out: a
 * column that a later version adds changes no hash.
 */
export function rowHash(type: RecordType, row: Readonly<Record<string, unknown>>): string {
  const said = type.columns
    .map(({ name, type: column }) => [name, plainValue(row[name], column === TIME)] as const)
    .filter(([, value]) => !isSilent(value))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(JSON.stringify(said));
}

function plainValue(value: unknown, isTime: boolean): unknown {
  if (isTime && typeof value === 'string') return Date.parse(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

function isSilent(value: unknown): boolean {
  return (
    value === undefined || value === null || value === '' || value === 0 || (Array.isArray(value) && value.length === 0)
  );
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
