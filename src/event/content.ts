import { remembered, wordsOf } from './words.ts';

/** Arguments or a result, read once: what their digest, their secrets and their values are taken from. */
export interface Content {
  /** Same for equal content, whatever the order of keys and whatever is volatile in it. */
  canonical: string;
  /** Texts and numbers, up to `chars_max` in all. */
  leaves: string[];
  /** Texts that stand under a secret field. */
  secrets: string[];
  /** True when something deeper than `depth_max` or beyond `chars_max` was left out. */
  truncated: boolean;
}

export interface ContentOptions {
  depth_max: number;
  chars_max: number;
  isVolatile: (key: string) => boolean;
  isSecret: (key: string) => boolean;
}

/** True for keys whose words end with the words of one of `names`, and not with those of one of `except`. */
export function keyTest(names: readonly string[], except: readonly string[] = []): (key: string) => boolean {
  const ends = (list: readonly string[]) => list.map((name) => `_${wordsOf(name).join('_')}`);
  const [wanted, unwanted] = [ends(names), ends(except)];
  return remembered((key) => {
    const words = `_${wordsOf(key).join('_')}`;
    return wanted.some((end) => words.endsWith(end)) && !unwanted.some((end) => words.endsWith(end));
  });
}

/** Reads content in one pass. A text that is JSON counts as what it says: producers send arguments either way. */
export function readContent(value: unknown, options: ContentOptions): Content {
  const content: Content = { canonical: '', leaves: [], secrets: [], truncated: false };
  const reader = { content, options, left: options.chars_max };
  read(reader, parsed(value, options.chars_max), 0, false);
  return content;
}

interface Reader {
  readonly content: Content;
  readonly options: ContentOptions;
  left: number;
}

function read(reader: Reader, value: unknown, depth: number, secret: boolean): void {
  const { content } = reader;
  if (typeof value === 'string') {
    content.canonical += quoted(value);
    leaf(reader, value, secret);
  } else if (typeof value !== 'object' || value === null) {
    content.canonical += String(value);
    if (typeof value === 'number') leaf(reader, String(value), secret);
  } else if (depth >= reader.options.depth_max) {
    content.canonical += '…';
    content.truncated = true;
  } else if (Array.isArray(value)) {
    content.canonical += '[';
    for (const item of value) {
      read(reader, item, depth + 1, secret);
      content.canonical += ',';
    }
    content.canonical += ']';
  } else readObject(reader, value as Record<string, unknown>, depth, secret);
}

function readObject(reader: Reader, value: Record<string, unknown>, depth: number, secret: boolean): void {
  const { content, options } = reader;
  content.canonical += '{';
  for (const key of sorted(Object.keys(value))) {
    if (value[key] === undefined || options.isVolatile(key)) continue;
    content.canonical += `${quoted(key)}:`;
    if (!PLAIN_KEY.test(key)) leaf(reader, key, false);
    read(reader, value[key], depth + 1, secret || options.isSecret(key));
    content.canonical += ',';
  }
  content.canonical += '}';
}

/** In order, in place. Most objects have few keys, which are not worth what a sort sets up. */
function sorted(keys: string[]): string[] {
  if (keys.length > FEW_KEYS) return keys.sort();
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i]!;
    let at = i;
    for (; at > 0 && keys[at - 1]! > key; at--) keys[at] = keys[at - 1]!;
    keys[at] = key;
  }
  return keys;
}

const FEW_KEYS = 12;

/** As JSON. */
function quoted(text: string): string {
  return PLAIN_TEXT.test(text) ? `"${text}"` : JSON.stringify(text);
}

const PLAIN_TEXT = /^[ !#-[\]-~]{0,64}$/;

/** Keys of data (addresses, paths) count as content, names of fields do not. */
const PLAIN_KEY = /^[\w-]{0,64}$/;

function leaf(reader: Reader, text: string, secret: boolean): void {
  const { content } = reader;
  if (text === '') return;
  if (secret) {
    content.secrets.push(text);
    return;
  }
  if (text.length > reader.left) content.truncated = true;
  if (reader.left <= 0) return;
  content.leaves.push(text.length > reader.left ? text.slice(0, reader.left) : text);
  reader.left -= text.length;
}

function parsed(value: unknown, chars_max: number): unknown {
  if (typeof value !== 'string' || value.length > chars_max || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
