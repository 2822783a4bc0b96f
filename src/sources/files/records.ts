import { createLineSplitter, createValueSplitter, type RecordText, type Splitter } from './split.ts';
import { textOfFile, unreadable } from './text.ts';

/** Longest record, in UTF-16 units. */
export const RECORD_CHARS_MAX = 64 * 1024 * 1024;

/**
 * The JSON texts of a file: its lines, or the members of its one array, or objects that span lines. Lines are
 * preferred where the first one is whole, since a damaged line then costs itself only.
 */
export async function* recordsOf(path: string): AsyncGenerator<RecordText> {
  let splitter: Splitter | undefined;
  // Text before anything is decided: pieces, since a first line may be long.
  let pieces: string[] = [];
  let waiting = 0;
  for await (const chunk of textOfFile(path)) {
    if (splitter !== undefined) {
      yield* splitter.push(chunk);
    } else {
      pieces.push(chunk);
      splitter = chooseSplitter(pieces);
      if (splitter === undefined) waiting += chunk.length;
      else yield* splitter.push(pieces.splice(0).join(''));
    }
    if ((splitter?.waiting() ?? waiting) > RECORD_CHARS_MAX)
      throw unreadable(path, splitter?.line() ?? 1, `a record has more than ${RECORD_CHARS_MAX} characters`);
  }
  splitter ??= createLineSplitter();
  yield* splitter.push(pieces.join(''));
  pieces = [];
  yield* splitter.end();
}

/** Undefined until the start says enough. */
function chooseSplitter(pieces: readonly string[]): Splitter | undefined {
  const newest = pieces.at(-1) ?? '';
  const ended = newest.includes('\n');
  if (pieces.length > 1 && !ended) return undefined;
  const start = pieces
    .join('')
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (start === '') return undefined;
  if (start[0] === '[') return createValueSplitter();
  if (start[0] !== '{') return createLineSplitter();
  const end = start.indexOf('\n');
  if (end < 0) return undefined;
  return isJson(start.slice(0, end)) ? createLineSplitter() : createValueSplitter();
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
