import { setTimeout as delay } from 'node:timers/promises';
import { CHAINED, type Chained, type Head, headAfter, type Link, rowHash } from './link.ts';

/** Rows of a SELECT with bound parameters. */
export interface Reader {
  query<T>(sql: string, params?: Readonly<Record<string, unknown>>): Promise<T[]>;
}

export interface Violation {
  chain: string;
  seq: number;
  record: string;
  what: 'link_missing' | 'link_broken' | 'row_missing' | 'row_changed' | 'row_unlinked' | 'head_unknown';
}

export interface ChainReport {
  ok: boolean;
  links: number;
  /** Links whose row is older than what the store keeps. */
  expired: number;
  violations: Violation[];
  /** There were more. */
  truncated: boolean;
}

export interface VerifyOptions {
  /** Rows recorded before these times are no longer kept, epoch ms, by kind. */
  kept_from: Readonly<Record<keyof typeof CHAINED, number>>;
  /** Heads that somebody kept: each must be in its chain still. */
  heads?: readonly (Head & { chain: string })[];
  /** How long a link may come after its row. */
  settle_ms?: number;
}

const SETTLE_MS = 2000;
const LINKS_PER_QUERY = 2000;
const VIOLATIONS_MAX = 1000;

/**
 * Walks every chain of the store: no link may be missing or changed, and each must agree with its row; a row without a link is one that was
 * slipped in.
 */
export async function verifyChains(store: Reader, options: VerifyOptions): Promise<ChainReport> {
  const report: ChainReport = { ok: true, links: 0, expired: 0, violations: [], truncated: false };
  const chains = await store.query<{ chain: string }>('SELECT DISTINCT chain FROM links ORDER BY chain');
  for (const { chain } of chains) await verifyOne(store, chain, options, report);
  await findAllUnlinked(store, options.settle_ms ?? SETTLE_MS, report);
  for (const { chain, seq, head } of options.heads ?? []) {
    const found = await store.query(
      'SELECT 1 FROM links WHERE chain = {chain:String} AND seq = {seq:UInt64} AND head = {head:String} LIMIT 1',
      { chain, seq, head },
    );
    if (found.length === 0) add(report, { chain, seq, record: '', what: 'head_unknown' });
  }
  report.ok = report.violations.length === 0;
  return report;
}

async function verifyOne(store: Reader, chain: string, options: VerifyOptions, report: ChainReport): Promise<void> {
  const topic = chain.split('/')[0] as keyof typeof CHAINED;
  const chained = CHAINED[topic];
  const from = options.kept_from[topic];
  let before: Head | undefined;
  for (;;) {
    const links = await store.query<Link & { time: string | number }>(
      'SELECT * FROM links WHERE chain = {chain:String} AND seq > {after:UInt64} ORDER BY seq LIMIT 1 BY seq LIMIT {rows:UInt32}',
      { chain, after: before?.seq ?? 0, rows: LINKS_PER_QUERY },
    );
    if (links.length === 0) return;
    const hashes = await rowHashes(store, chained, links);
    for (const link of links) {
      const old = Date.parse(String(link.time)) < from;
      checkLink(link, before, old, report);
      checkRow(link, hashes.get(link.record), old, report);
      before = link;
    }
    report.links += links.length;
  }
}

function checkLink(link: Link, before: Head | undefined, old: boolean, report: ChainReport): void {
  const { chain, seq, record } = link;
  // Links are forgotten with their rows: the first that is left need not be the first there was.
  const follows = before ?? (old || seq > 1 ? undefined : { seq: 0, head: '' });
  if (follows !== undefined && seq !== follows.seq + 1) add(report, { chain, seq, record, what: 'link_missing' });
  else if (follows !== undefined && link.previous !== follows.head)
    add(report, { chain, seq, record, what: 'link_broken' });
  if (headAfter(link.previous, link) !== link.head) add(report, { chain, seq, record, what: 'link_broken' });
}

function checkRow(link: Link, found: ReadonlySet<string> | undefined, old: boolean, report: ChainReport): void {
  const { chain, seq, record, row_hash } = link;
  if (found === undefined && old) report.expired += 1;
  else if (found === undefined) add(report, { chain, seq, record, what: 'row_missing' });
  else if (!found.has(row_hash)) add(report, { chain, seq, record, what: 'row_changed' });
}

/** Hashes of the rows as they are in the store now, by record. */
async function rowHashes(store: Reader, { type, idSql, idOf }: Chained, links: readonly Link[]) {
  const rows = await store.query<Record<string, unknown>>(
    `SELECT * FROM ${type.name} WHERE ${idSql} IN {records:Array(String)}`,
    { records: links.map(({ record }) => record) },
  );
  const hashes = new Map<string, Set<string>>();
  for (const row of rows) {
    const record = idOf(row);
    const known = hashes.get(record) ?? new Set();
    hashes.set(record, known.add(rowHash(type, row)));
  }
  return hashes;
}

/** A row comes a moment before its link: what is found is looked for once more. */
async function findAllUnlinked(store: Reader, settle_ms: number, report: ChainReport): Promise<void> {
  const kinds = Object.entries(CHAINED);
  const find = () => Promise.all(kinds.map(([topic, chained]) => findUnlinked(store, topic, chained)));
  let found = await find();
  if (found.some((records) => records.length > 0)) {
    await delay(settle_ms);
    const again = await find();
    found = again.map((records, i) => records.filter((record) => found[i]!.includes(record)));
  }
  for (const [i, [topic]] of kinds.entries())
    for (const record of found[i]!) add(report, { chain: topic, seq: 0, record, what: 'row_unlinked' });
}

async function findUnlinked(store: Reader, topic: string, { type, idSql }: Chained): Promise<string[]> {
  const rows = await store.query<{ record: string }>(
    `SELECT DISTINCT ${idSql} AS record FROM ${type.name} WHERE ${idSql} NOT IN (
       SELECT record FROM links WHERE startsWith(chain, {topic:String})) LIMIT {rows:UInt32}`,
    { topic: `${topic}/`, rows: VIOLATIONS_MAX },
  );
  return rows.map(({ record }) => record);
}

function add(report: ChainReport, violation: Violation): void {
  if (report.violations.length < VIOLATIONS_MAX) report.violations.push(violation);
  else report.truncated = true;
}
