import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { TriplineError } from '../errors.ts';
import { EVENT } from '../event/event.ts';
import { copyRow, Frame, rowsOf } from '../event/frame/index.ts';
import type { Log, Write } from '../log/log.ts';
import { openMemoryLog } from '../log/memory-log.ts';
import { ORDER } from '../order/order.ts';
import { type Change, newChange } from './change.ts';
import { createJournal, orderScope } from './journal.ts';
import type { Entry } from './ledger.ts';
import { alertOf, eventOf, ordersDeps, sentEntry } from './testing.ts';

const logger = pino({ level: 'silent' });
const changeOf = (parts: Partial<Change>): Change => ({ ...newChange(), ...parts });
const entryOf = (alert_id = 'a'): Entry => sentEntry(ordersDeps(), alertOf({ alert_id }));

/** The journal on a memory log, and every write it tried. `trouble` may refuse one. */
function journalOn(log: Log, trouble: (attempt: number) => Error | undefined = () => undefined) {
  const writes: Write[] = [];
  const watched: Log = {
    ...log,
    async write(write) {
      writes.push(write);
      const error = trouble(writes.length);
      if (error !== undefined) throw error;
      return log.write(write);
    },
  };
  return { journal: createJournal(watched, EVENT.columns, logger), writes };
}

async function kept(log: Log): Promise<Record<string, Entry>> {
  const found: Record<string, Entry> = {};
  for (let partition = 0; partition < log.partitions('revocations'); partition++)
    for await (const [key, value] of log.state(orderScope(partition))) found[key] = JSON.parse(`${value}`) as Entry;
  return found;
}

async function history(log: Log): Promise<string[]> {
  const rows: string[] = [];
  for (let partition = 0; partition < log.partitions('revocations'); partition++) {
    for (const { frame } of await log.read('revocations', partition, 0, 1 << 20)) {
      const cursor = rowsOf(ORDER, Frame.decode(frame));
      for (let i = 0; i < cursor.length; i++) {
        const { alert_id, seq, state } = copyRow(ORDER, cursor.seek(i));
        rows.push(`${alert_id} ${seq} ${state}`);
      }
    }
  }
  return rows;
}

describe('the journal', () => {
  it('writes history, state, alerts, events and offsets of a change together', async () => {
    const log = openMemoryLog();
    const { journal, writes } = journalOn(log);
    const entry = entryOf();
    const commits = [5, 9].map((offset) => ({ group: 'respond', topic: 'alerts' as const, partition: 0, offset }));
    const { order } = entry;
    await journal.write(
      changeOf({ orders: [order], kept: [entry], alerts: [alertOf()], events: [eventOf()], commits }),
    );
    expect(writes).toHaveLength(1);
    expect(writes[0]!.append!.map(({ topic }) => topic)).toEqual(['revocations', 'alerts', 'events', 'credentials']);
    expect(await log.committed('respond', 'alerts', 0)).toBe(9);
    expect(await kept(log)).toEqual({ [order.order_id]: JSON.parse(JSON.stringify(entry)) });
    await log.close();
  });

  it('joins what comes during a write into the next one, in the order it came', async () => {
    const log = openMemoryLog();
    const { journal, writes } = journalOn(log);
    const entries = ['a', 'b', 'c', 'd'].map(entryOf);
    await Promise.all(entries.map((entry) => journal.write(changeOf({ orders: [entry.order], kept: [entry] }))));
    expect(writes).toHaveLength(2);
    expect(await history(log)).toEqual(['a 1 sent', 'b 1 sent', 'c 1 sent', 'd 1 sent']);
    await log.close();
  });

  it('keeps the newest state of an order, and none of one that is forgotten', async () => {
    const log = openMemoryLog();
    const { journal } = journalOn(log);
    const entry = entryOf();
    const first = journal.write(changeOf({ kept: [entry] }));
    const second = journal.write(changeOf({ kept: [entry] }));
    entry.held_by = 'cap';
    await Promise.all([first, second]);
    expect(Object.values(await kept(log))).toMatchObject([{ held_by: 'cap' }]);
    await journal.write(changeOf({ kept: [entry], forgotten: [entry] }));
    expect(await kept(log)).toEqual({});
    await log.close();
  });

  it('tries again while the log is away, and writes once', async () => {
    const log = openMemoryLog();
    const away = new TriplineError('TRIPLINE_LOG_UNAVAILABLE', 'away', { retriable: true });
    const { journal, writes } = journalOn(log, (attempt) => (attempt <= 2 ? away : undefined));
    const entry = entryOf();
    await journal.write(changeOf({ orders: [entry.order] }));
    expect(writes).toHaveLength(3);
    expect(await history(log)).toEqual(['a 1 sent']);
    await log.close();
  });

  it('writes nothing more after a refusal that is final: a history without its middle is worse than none', async () => {
    const log = openMemoryLog();
    const final = new TriplineError('TRIPLINE_LOG_UNAVAILABLE', 'for good');
    const { journal, writes } = journalOn(log, (attempt) => (attempt === 2 ? final : undefined));
    const write = (id: string) => journal.write(changeOf({ orders: [entryOf(id).order] }));
    await write('a');
    const refused = [write('b'), write('c'), write('d')];
    for (const promise of refused) await expect(promise).rejects.toBe(final);
    await expect(journal.broken).rejects.toBe(final);
    await expect(write('e')).rejects.toBe(final);
    expect(writes).toHaveLength(2);
    expect(await history(log)).toEqual(['a 1 sent']);
    await log.close();
  });

  it('finishes what is waiting when it is closed, and takes nothing more', async () => {
    const log = openMemoryLog();
    const { journal } = journalOn(log);
    const entries = ['a', 'b'].map(entryOf);
    const writes = entries.map((entry) => journal.write(changeOf({ orders: [entry.order] })));
    await journal.close();
    await Promise.all(writes);
    expect(await history(log)).toEqual(['a 1 sent', 'b 1 sent']);
    await expect(journal.write(newChange())).rejects.toMatchObject({ code: 'TRIPLINE_LOG_UNAVAILABLE' });
    await log.close();
  });
});
