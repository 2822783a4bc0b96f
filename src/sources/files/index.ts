import { TriplineError } from '../../errors.ts';
import type { Mapped } from '../mapped.ts';
import { refused } from '../mapped.ts';
import { type Format, isObject, type Json } from './format.ts';
import { FORMATS } from './formats.ts';
import { inTimeOrder, type Timed, withTimes } from './order.ts';
import { recordsOf } from './records.ts';
import type { RecordText } from './split.ts';
import { nameOfFile, reasonOf, unreadable } from './text.ts';

export interface ReadOptions {
  /** Events held back to bring a file into order of event time; 0 keeps the order of the file. */
  reorder_events_max?: number;
}

/** About 100 MB of held events at most, and more than any of the public corpora has. */
export const REORDER_EVENTS_MAX = 100_000;

/**
 * The events of a file: NDJSON, a JSON array or objects over several lines, plain or gzip. The format is
 * recognised from the first record. Events come in order of event time.
 * Throws TRIPLINE_INPUT_UNREADABLE, with file and line, when the file cannot be read or its format is not known.
 */
export async function* readEvents(path: string, options: ReadOptions = {}): AsyncGenerator<Mapped> {
  for await (const { value } of readTimed(path, options)) yield value.mapped;
}

export interface Entry {
  mapped: Mapped;
  /** Line where its record starts. */
  line: number;
}

/** The same with the line and the time of each entry. */
export function readTimed(path: string, options: ReadOptions = {}): AsyncGenerator<Timed<Entry>> {
  const entries = withTimes(entriesOf(path));
  const events_max = options.reorder_events_max ?? REORDER_EVENTS_MAX;
  return events_max === 0 ? entries : inTimeOrder(entries, events_max);
}

async function* entriesOf(path: string): AsyncGenerator<Entry> {
  let format: Format | undefined;
  let index = 0;
  let line = 1;
  try {
    for await (const record of recordsOf(path)) {
      line = record.line;
      format ??= formatOf(record, path);
      for (const mapped of eventsOf(record, format, path, index)) yield { mapped, line };
      index += 1;
    }
  } catch (error) {
    if (error instanceof TriplineError) throw error;
    throw unreadable(path, line, reasonOf(error), error);
  }
}

function formatOf(record: RecordText, path: string): Format {
  let value: unknown;
  try {
    value = JSON.parse(record.text);
  } catch (cause) {
    throw unreadable(path, record.line, 'it is not JSON', cause);
  }
  const format = isObject(value) ? FORMATS.find((known) => known.matches(value as Json)) : undefined;
  if (format !== undefined) return format;
  const has = isObject(value) ? `an object with ${Object.keys(value).slice(0, 8).join(', ')}` : typeof value;
  const known = FORMATS.map(({ id }) => id).join(', ');
  throw unreadable(path, record.line, `it has none of the known formats (${known}), but ${has}`);
}

function eventsOf(record: RecordText, format: Format, path: string, index: number): Mapped[] {
  let value: unknown;
  try {
    value = format.parse === undefined ? JSON.parse(record.text) : format.parse(record.text);
  } catch {
    return [refused(`line ${record.line}`, 'JSON', record.text)];
  }
  if (!isObject(value)) return [refused(`line ${record.line}`, 'an object', value)];
  return format.events(value, { file: nameOfFile(path), index });
}
