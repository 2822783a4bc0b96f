import assert from 'node:assert';
import { TriplineError } from '../../errors.ts';
import type { LogRecord } from '../log.ts';
import { stateKey } from '../state-key.ts';
import { APPENDED_BYTES, type LogDatabase } from './database.ts';
import type { Head } from './heads.ts';

const STATE_PAGE = 256;

/** @throws TriplineError TRIPLINE_LOG_OFFSET_GONE */
export function readRecords(head: Head, from: number, bytes_max: number): LogRecord[] {
  assert(Number.isSafeInteger(from) && from >= 0, 'an offset is a whole number from 0 on');
  const records: LogRecord[] = [];
  if (from < head.first) throw gone(head, from);
  if (from >= head.next) return records;
  let bytes = 0;
  // With the `binary` encoding lmdb copies each value out of the map, so a frame may be kept.
  for (const { key: offset, value } of head.records.getRange({ start: from, end: head.next })) {
    // A retired record is gone from the file a moment before `first` says so.
    if (records.length === 0 && offset !== from) throw gone(head, from);
    bytes += value.length;
    if (records.length > 0 && bytes > bytes_max) break;
    records.push({ offset, appended: value.readDoubleLE(0), frame: value.subarray(APPENDED_BYTES) });
  }
  if (records.length === 0) throw gone(head, from);
  return records;
}

/**
 * All entries of a scope in the order of their keys' UTF-8 bytes. Read in pages: a reader that takes its time pins no
 * old pages of the file.
 */
export async function* readState(state: LogDatabase['state'], scope: string) {
  const prefix = stateKey(scope, '');
  const end = Buffer.from(prefix);
  end[end.length - 1] = 1;
  let start = prefix;
  let exclusiveStart = false;
  for (;;) {
    const page = [...state.getRange({ start, end, exclusiveStart, limit: STATE_PAGE })];
    for (const { key, value } of page) yield [key.toString('utf8', prefix.length), value] as const;
    if (page.length < STATE_PAGE) return;
    start = page.at(-1)!.key;
    exclusiveStart = true;
  }
}

function gone({ topic, partition }: Head, from: number): TriplineError {
  return new TriplineError('TRIPLINE_LOG_OFFSET_GONE', `Record ${from} of ${topic}/${partition} was retired`);
}
