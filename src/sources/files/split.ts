/** One JSON text of a file, and the line where it starts. */
export interface RecordText {
  text: string;
  line: number;
}

/** Cuts a text that comes in pieces into records. */
export interface Splitter {
  push(chunk: string): Iterable<RecordText>;
  /** What is left, whole or not: its reader names what is wrong with it. */
  end(): Iterable<RecordText>;
  /** Characters held back for the record that is not yet whole. */
  waiting(): number;
  line(): number;
}

/** One record a line; empty lines are none. */
export function createLineSplitter(): Splitter {
  let pieces: string[] = [];
  let waiting = 0;
  let line = 0;
  const record = (last: string): RecordText[] => {
    line += 1;
    const text = [...pieces, last]
      .join('')
      .replace(/^\uFEFF/, '')
      .trim();
    pieces = [];
    waiting = 0;
    return text === '' ? [] : [{ text, line }];
  };
  return {
    *push(chunk) {
      const lines = chunk.split('\n');
      const rest = lines.pop() ?? '';
      for (const text of lines) yield* record(text);
      pieces.push(rest);
      waiting += rest.length;
    },
    end: () => record(''),
    waiting: () => waiting,
    line: () => line + 1,
  };
}

/** The outermost objects of a text, found by counting braces outside of strings. */
export function createValueSplitter(): Splitter {
  const scan: Scan = { pieces: [], waiting: 0, depth: 0, inText: false, escaped: false, line: 1, lineFrom: 1 };
  let records = 0;
  let start = '';
  return {
    *push(chunk) {
      if (start.length < 200) start += chunk.slice(0, 200);
      for (const record of objectsOf(chunk, scan)) {
        records += 1;
        yield record;
      }
    },
    end() {
      if (scan.depth > 0) return [{ text: scan.pieces.join(''), line: scan.lineFrom }];
      const nothing = records > 0 || /^\uFEFF?\s*\[\s*\]\s*$/.test(start);
      return nothing ? [] : [{ text: start, line: 1 }];
    },
    waiting: () => scan.waiting,
    line: () => scan.lineFrom,
  };
}

interface Scan {
  /** Pieces of the object that is not yet whole. */
  pieces: string[];
  waiting: number;
  depth: number;
  inText: boolean;
  escaped: boolean;
  line: number;
  lineFrom: number;
}

function* objectsOf(chunk: string, scan: Scan): Generator<RecordText> {
  let from = 0;
  for (let at = 0; at < chunk.length; at += 1) {
    const code = chunk.charCodeAt(at);
    if (code === NEWLINE) scan.line += 1;
    if (scan.inText) {
      endsText(code, scan);
    } else if (code === QUOTE) {
      scan.inText = true;
    } else if (code === OPEN) {
      if (scan.depth === 0) {
        from = at;
        scan.lineFrom = scan.line;
      }
      scan.depth += 1;
    } else if (code === CLOSE && scan.depth > 0) {
      scan.depth -= 1;
      if (scan.depth > 0) continue;
      yield { text: [...scan.pieces, chunk.slice(from, at + 1)].join(''), line: scan.lineFrom };
      scan.pieces = [];
      scan.waiting = 0;
    }
  }
  if (scan.depth === 0) return;
  scan.pieces.push(chunk.slice(from));
  scan.waiting += chunk.length - from;
}

function endsText(code: number, scan: Scan): void {
  if (scan.escaped) scan.escaped = false;
  else if (code === BACKSLASH) scan.escaped = true;
  else if (code === QUOTE) scan.inText = false;
}

const [QUOTE, BACKSLASH, NEWLINE, OPEN, CLOSE] = [0x22, 0x5c, 0x0a, 0x7b, 0x7d];
