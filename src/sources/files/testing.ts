import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PostedEvent } from '../../event/event.ts';
import type { Mapped } from '../mapped.ts';
import { type ReadOptions, readEvents } from './index.ts';

/** Reads a file with this content, and removes it. */
export async function readText(
  content: string | Buffer,
  options: ReadOptions & { name?: string; gzip?: boolean } = {},
) {
  const dir = await mkdtemp(join(tmpdir(), 'tripline-files-'));
  const path = join(dir, options.name ?? 'input.ndjson');
  try {
    await writeFile(path, options.gzip ? gzipSync(content) : content);
    const read: Mapped[] = [];
    for await (const mapped of readEvents(path, options)) read.push(mapped);
    return read;
  } finally {
    await rm(dir, { recursive: true });
  }
}

export const ndjson = (...records: unknown[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('');

/** The events, each one checked against the schema of the door. */
export function eventsOf(mapped: readonly Mapped[]): PostedEvent[] {
  return mapped.flatMap((entry) => (entry.ok ? [PostedEvent.parse(entry.event)] : []));
}
