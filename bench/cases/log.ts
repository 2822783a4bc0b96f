import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLmdbLog } from '../../src/log/lmdb/lmdb-log.ts';
import type { Append, Log } from '../../src/log/log.ts';
import { createDoor, textsOf } from '../door.ts';
import { jsonParse, measure, type Row } from '../measure.ts';

const EVENTS = 100_000;
const READ_BYTES = 1 << 20;

/** Frames of a thousand events into the log in the folder, each batch durable, and out of it again. */
export async function log(): Promise<Row[]> {
  const texts = textsOf({ events: EVENTS });
  const batches: Append[][] = [];
  createDoor().through(texts, (appends) => batches.push(appends));
  const folder = await mkdtemp(join(tmpdir(), 'tripline-bench-log-'));
  let open: Log | undefined;
  let folders = 0;
  const begin = async () => {
    await open?.close();
    open = await openLmdbLog({ dir: join(folder, String(folders++)) });
  };
  const append = async () => {
    for (const appends of batches) await open!.write({ append: appends });
  };
  try {
    return await measure(jsonParse(texts), [
      { name: 'append, each batch durable', events: EVENTS, prepare: begin, run: append },
      {
        name: 'read',
        events: EVENTS,
        async prepare() {
          await begin();
          await append();
        },
        run: () => readAll(open!),
      },
    ]);
  } finally {
    await open?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function readAll(from: Log): Promise<void> {
  for (let partition = 0; partition < from.partitions('events'); partition++) {
    const { next } = await from.bounds('events', partition);
    for (let at = 0; at < next; ) at = (await from.read('events', partition, at, READ_BYTES)).at(-1)!.offset + 1;
  }
}
