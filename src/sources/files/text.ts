import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { TriplineError } from '../../errors.ts';

/** Text of a file in pieces; gzip is recognised by content, whatever the name says. */
export async function* textOfFile(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8');
  for await (const chunk of await bytesOf(path)) {
    const text = decoder.decode(chunk as Buffer, { stream: true });
    if (text !== '') yield text;
  }
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}

async function bytesOf(path: string): Promise<Readable> {
  const handle = await open(path, 'r');
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0).catch(async (error) => {
    await handle.close();
    throw error;
  });
  const source = handle.createReadStream({ start: 0 });
  const zipped = bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  // A failure of either stream destroys the other and reaches whoever reads the result.
  return zipped ? pipeline(source, createGunzip(), () => {}) : source;
}

/** The error of a file that cannot be read, at a line. */
export function unreadable(path: string, line: number, why: string, cause?: unknown): TriplineError {
  return new TriplineError('TRIPLINE_INPUT_UNREADABLE', `${path}, line ${line}: ${why}`, { cause });
}

export function reasonOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return REASONS.get(code) ?? (error instanceof Error ? error.message : String(error));
}

const REASONS = new Map([
  ['ENOENT', 'there is no such file'],
  ['EISDIR', 'it is a folder'],
  ['EACCES', 'it may not be read'],
  ['Z_BUF_ERROR', 'the gzip data end too early'],
  ['Z_DATA_ERROR', 'the gzip data are damaged'],
]);

export const nameOfFile = (path: string) => basename(path);
