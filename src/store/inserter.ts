import assert from 'node:assert';
import { TriplineError } from '../errors.ts';
import { storeError } from './errors.ts';
import { type FrameGroup, groupFrames } from './group.ts';
import type { Block, Store } from './store.ts';

/** Stores one group of frames as one statement; `columns` as SQL has them. */
export type InsertGroup = (block: Block, group: FrameGroup, columns: readonly string[]) => Promise<void>;

/** How every store inserts a block: group by group, each with the columns that its table has. */
export function createInserter(query: Store['query'], insertGroup: InsertGroup) {
  const columns = createColumns(query);
  return {
    async insert(block: Block): Promise<void> {
      assert(/^[a-z_]+$/.test(block.table), `Table ${block.table}`);
      for (const group of groupFrames(block.frames)) {
        try {
          await insertGroup(block, group, await columns.shared(block.table, group));
        } catch (error) {
          columns.forget(block.table);
          throw storeError(error, `An insert into ${block.table} failed`, true);
        }
      }
    },
    /** Tables may have changed. */
    forget: () => columns.forget(),
  };
}

/** Which columns the tables have: a frame of a newer version has more, and is stored all the same. */
function createColumns(query: Store['query']) {
  const tables = new Map<string, ReadonlySet<string>>();

  async function of(table: string): Promise<ReadonlySet<string>> {
    const known = tables.get(table);
    if (known !== undefined) return known;
    const rows = await query<{ name: string }>(
      'SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String}',
      { table },
    );
    if (rows.length === 0) {
      // Retriable: the rows are in order, and the table appears when the migrations have run.
      throw new TriplineError('TRIPLINE_STORE_UNAVAILABLE', `There is no table ${table}`, { retriable: true });
    }
    const columns = new Set(rows.map(({ name }) => name));
    tables.set(table, columns);
    return columns;
  }

  return {
    /** The columns that both have, as SQL has them. */
    async shared(table: string, group: FrameGroup): Promise<string[]> {
      const columns = await of(table);
      const names = group.columns.filter((name) => columns.has(name)).map((name) => `\`${name}\``);
      if (names.length > 0) return names;
      throw new TriplineError('TRIPLINE_STORE_REFUSED', `Table ${table} has none of the columns of a frame`);
    },
    forget(table?: string): void {
      if (table === undefined) tables.clear();
      else tables.delete(table);
    },
  };
}
