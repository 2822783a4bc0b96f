import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate, openChdbStore, type Store } from '../../src/store/index.ts';
import { createDoor, textsOf } from '../door.ts';
import { jsonParse, measure, type Row } from '../measure.ts';

const EVENTS = 100_000;
const BLOCK_FRAMES = 20;

/** Frames into the engine in this process, in blocks of twenty thousand events. */
export async function archive(): Promise<Row[]> {
  const texts = textsOf({ events: EVENTS });
  const frames: Buffer[] = [];
  createDoor(1).through(texts, (appends) => {
    for (const { topic, frame } of appends) if (topic === 'events') frames.push(frame);
  });
  const folder = await mkdtemp(join(tmpdir(), 'tripline-bench-store-'));
  const store: Store = await openChdbStore({ dir: folder });
  let tokens = 0;
  const insert = async () => {
    for (let i = 0; i < frames.length; i += BLOCK_FRAMES)
      await store.insert({ table: 'events', frames: frames.slice(i, i + BLOCK_FRAMES), token: `${tokens++}` });
  };
  try {
    await migrate(store);
    const rows = await measure(jsonParse(texts), [
      {
        name: 'insert into ClickHouse (chDB)',
        events: EVENTS,
        run: insert,
      },
    ]);
    // Once only: the same events again would cost next to nothing.
    await store.command('TRUNCATE TABLE events');
    await insert();
    await store.command('OPTIMIZE TABLE events FINAL');
    const [size] = await store.query<{ bytes: number; rows: number }>(
      "SELECT sum(bytes_on_disk) AS bytes, sum(rows) AS rows FROM system.parts WHERE active AND table = 'events'",
    );
    return rows.map((row, i) =>
      i === 0 ? row : { ...row, stored_bytes_per_event: Math.round(size!.bytes / size!.rows) },
    );
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}
