import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ALERT } from '../alert/alert.ts';
import { CHAINED, type Link } from '../audit/link.ts';
import { verifyChains } from '../audit/verify-chain.ts';
import { TriplineError } from '../errors.ts';
import { rowOf } from '../event/field.ts';
import { encodeFrame } from '../event/frame/index.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { ORDER } from '../order/order.ts';
import { migrate, openChdbStore, type Store } from '../store/index.ts';
import { startArchive } from './archive.ts';
import { ArchiveConfig } from './config.ts';
import { memoryLog } from './memory-log.ts';

const dir = mkdtempSync(join(tmpdir(), 'tripline-chain-'));
const config = ArchiveConfig.parse({ rows_max: 4, block_ms: 1, retry_ms_min: 1, retry_ms_max: 2 });
const logger = pino({ level: 'silent' });
const NOW = Date.now();
let store: Store;
let log: ReturnType<typeof memoryLog>;

beforeAll(async () => {
  store = await openChdbStore({ dir });
  await migrate(store);
});
afterAll(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});
beforeEach(async () => {
  for (const table of ['alerts', 'revocations', 'links']) await store.command(`TRUNCATE TABLE ${table}`);
  log = memoryLog({ partitions: 2, batch: 3 });
  log.now = NOW - Math.floor(Math.random() * 1e7);
});

async function archived(over: { store?: Store } = {}) {
  const archive = await startArchive({ log, store, config, metrics: createMetrics(), logger, ...over });
  await archive.drained();
  await archive.close();
}

const alert = (alert_id: string, summary = '') =>
  rowOf(ALERT, {
    alert_id,
    tenant: 't',
    time: NOW,
    detected: NOW,
    summary,
    evidence: { b: '1', a: '2' },
    confidence: 0.85,
  });

async function append(partition: number, ...ids: string[]) {
  for (const id of ids)
    await log.write({ append: [{ topic: 'alerts', partition, frame: encodeFrame(ALERT.columns, [alert(id)]) }] });
}
const order = (seq: number) =>
  rowOf(ORDER, { order_id: 'ord_1', seq, state: 'sent', tenant: 't', time: NOW + seq, event_appended: NOW - 0.25 });

const links = () => store.query<Link>('SELECT * FROM links ORDER BY chain, seq');
const verified = async (heads: { chain: string; seq: number; head: string }[] = [], kept_from = 0) =>
  verifyChains(store, {
    kept_from: { alerts: kept_from, revocations: kept_from, audit: kept_from },
    heads,
    settle_ms: 1,
  });
const found = async () => (await verified()).violations.map(({ what, record }) => `${what} ${record}`);

describe('the hash chain of the archive', () => {
  it('links every alert and every transition, each partition on its own, over blocks and restarts', async () => {
    await append(0, 'a', 'b', 'c', 'd', 'e');
    await append(1, 'f');
    await archived();
    await append(0, 'g');
    await log.write({
      append: [{ topic: 'revocations', partition: 0, frame: encodeFrame(ORDER.columns, [order(0), order(1)]) }],
    });
    await archived();
    const all = await links();
    expect(all.map(({ chain, seq, record }) => `${chain.split('/').slice(0, 2).join('/')} ${seq} ${record}`)).toEqual([
      'alerts/0 1 a',
      'alerts/0 2 b',
      'alerts/0 3 c',
      'alerts/0 4 d',
      'alerts/0 5 e',
      'alerts/0 6 g',
      'alerts/1 1 f',
      'revocations/0 1 ord_1/0',
      'revocations/0 2 ord_1/1',
    ]);
    expect(await verified()).toEqual({ ok: true, links: 9, expired: 0, violations: [], truncated: false });
  });

  it('hashes as is written down: the columns that say something by name, then the link before', async () => {
    await append(0, 'a');
    await archived();
    const [link] = await links();
    const sha256 = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex');
    const row_hash = sha256([
      ['alert_id', 'a'],
      ['confidence', 0.85],
      ['detected', NOW],
      [
        'evidence',
        [
          ['a', '2'],
          ['b', '1'],
        ],
      ],
      ['tenant', 't'],
      ['time', NOW],
    ]);
    expect(link).toMatchObject({ row_hash, head: sha256(['', link!.chain, 1, 'a', row_hash]) });
  });

  it('stores links once when the store took them and said no, and when the process died before the commit', async () => {
    await append(0, 'a', 'b');
    let calls = 0;
    const insert: Store['insert'] = async (block) => {
      await store.insert(block);
      if (block.table === 'links' && calls++ === 0)
        throw new TriplineError('TRIPLINE_STORE_UNAVAILABLE', 'late', { retriable: true });
    };
    await archived({ store: { ...store, insert } });
    expect(calls).toBe(2);
    await append(0, 'c', 'd');
    const write = log.write;
    log.write = async (what) => {
      if (what.commit !== undefined) throw new Error('died');
      return write(what);
    };
    await archived().catch(() => {});
    log.write = write;
    await archived();
    expect(await links()).toHaveLength(4);
    expect((await verified()).ok).toBe(true);
  });

  it('begins a chain of its own when the log was begun anew', async () => {
    await append(0, 'a');
    await archived();
    log = memoryLog({ partitions: 2, batch: 3 });
    log.now = NOW - 5;
    await append(0, 'b');
    await archived();
    expect((await links()).map(({ seq }) => seq)).toEqual([1, 1]);
    expect((await verified()).ok).toBe(true);
  });

  it.each<[what: string, sql: string, violations: string[]]>([
    ['a changed row', "ALTER TABLE alerts UPDATE summary = 'fine' WHERE alert_id = 'b'", ['row_changed b']],
    ['a removed row', "ALTER TABLE alerts DELETE WHERE alert_id = 'b'", ['row_missing b']],
    ['a row that was slipped in', "INSERT INTO alerts (alert_id, detected) VALUES ('x', now())", ['row_unlinked x']],
    ['a removed link', "ALTER TABLE links DELETE WHERE record = 'b'", ['link_missing c', 'row_unlinked b']],
    [
      'a changed link',
      "ALTER TABLE links UPDATE row_hash = 'x' WHERE record = 'b'",
      ['link_broken b', 'row_changed b'],
    ],
  ])('shows %s', async (_, sql, violations) => {
    await append(0, 'a', 'b', 'c');
    await archived();
    await store.command(`${sql}${sql.startsWith('ALTER') ? ' SETTINGS mutations_sync = 1' : ''}`);
    expect(await found()).toEqual(violations);
  });

  it('shows by a head that somebody kept that everything was made anew', async () => {
    await append(0, 'a', 'b');
    await archived();
    const [, { chain, seq, head }] = (await links()) as [Link, Link];
    expect((await verified([{ chain, seq, head }])).ok).toBe(true);
    for (const table of ['alerts', 'links']) await store.command(`TRUNCATE TABLE ${table}`);
    log = memoryLog({ partitions: 2, batch: 3 });
    log.now = NOW - 7;
    await append(0, 'a', 'c');
    await archived();
    expect((await verified([{ chain, seq, head }])).violations).toEqual([
      { chain, seq, record: '', what: 'head_unknown' },
    ]);
  });

  it('takes rows that are older than what is kept for forgotten, not for removed', async () => {
    await append(0, 'a', 'b');
    await archived();
    await store.command("ALTER TABLE alerts DELETE WHERE alert_id = 'a' SETTINGS mutations_sync = 1");
    expect(await verified([], NOW + 1)).toMatchObject({ ok: true, links: 2, expired: 1 });
  });

  it('has a name for every record that it chains', () => {
    expect(CHAINED.alerts.idOf({ alert_id: 'a' })).toBe('a');
    expect(CHAINED.revocations.idOf({ order_id: 'o', seq: 3 })).toBe('o/3');
  });
});
