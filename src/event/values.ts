import { classify, isTime, type Salient } from './classify.ts';
import type { Fingerprints } from './fingerprint.ts';
import { stemsOf } from './stems.ts';
import { packValue, type ValueKind } from './value-kind.ts';

export interface ValueOptions {
  /** Values kept of one field. */
  values_max: number;
  /** Characters of one field that are looked at for values. */
  values_chars_max: number;
}

export interface ValueSource {
  /** Texts that a producer gave as values. */
  posted?: readonly string[] | undefined;
  /** Texts to look for values in. */
  leaves?: readonly string[];
  secrets?: readonly string[];
  /** Also stems of words, at most this many. */
  words_max?: number;
}

/**
 * Salient values of texts as keyed fingerprints (value-kind.ts), most telling kinds first, at most `values_max`.
 * The same value gives the same number wherever it stands: in a sentence, in a field, in a URL.
 */
export function createValues(fingerprints: Fingerprints, { values_max, values_chars_max }: ValueOptions) {
  const remembered = new Map<string, number>();
  const hashOf = (kind: ValueKind, text: string) => {
    // Secrets are not kept in memory, and long texts would fill it.
    if (kind === 'secret' || text.length > REMEMBERED_CHARS_MAX)
      return packValue(kind, fingerprints.hash48('value', text));
    const name = `${kind} ${text}`;
    let value = remembered.get(name);
    if (value === undefined) {
      value = packValue(kind, fingerprints.hash48('value', text));
      if (remembered.size >= REMEMBERED_MAX) remembered.clear();
      remembered.set(name, value);
    }
    return value;
  };
  return ({ posted = [], leaves = [], secrets = [], words_max = 0 }: ValueSource): number[] => {
    const found = new Set<number>();
    const add = ({ kind, text }: Salient) => {
      if (found.size < values_max) found.add(hashOf(kind, text));
    };
    for (const text of secrets) add({ kind: 'secret', text });
    for (const text of posted) for (const value of whole(text)) add(value);
    const full = () => found.size >= values_max;
    const scanned = bounded(leaves, values_chars_max);
    for (const text of scanned) addTokens(text, add, full);
    for (const text of scanned) addTexts(text, add, full);
    const words = words_max > 0 ? stemsOf(scanned, words_max).map((text) => hashOf('word', text)) : [];
    return [...found, ...words];
  };
}

const REMEMBERED_MAX = 20_000;
const REMEMBERED_CHARS_MAX = 128;

/** What separates values in prose, JSON, YAML, Markdown and HTML; `=` and `:` are parts of URLs, and commas of numbers. */
const SEPARATORS = /(?:[\s"'`<>()[\]{};|*“”]|,(?!\d))+/;
/** Numbers that are written in groups, and telephone numbers. Bounded, so that a hostile text costs linear time. */
const GROUPED = /(?<!\w)(?:[A-Z]{2}\d{2}(?: [A-Z0-9]{2,4}){2,8}|\d{3,4}(?: \d{3,4}){2,5})(?!\w)/g;
const PHONE = /\+\d[\d ().-]{6,18}\d/g;
const QUOTED = /"([^"\n]{3,80})"|'([^'\n]{3,80})'|`([^`\n]{3,80})`|“([^”\n]{3,80})”/g;
const NAME = /(?<!\p{L})\p{Lu}[\p{Ll}'’-]{1,30}(?: \p{Lu}[\p{Ll}'’-]{1,30}){1,3}/gu;

const SEPARATED = /[\s"'`<>()[\]{};|*“”,]/;
const QUOTE = /["'`“]/;
const SPACE = /\s/;
const LETTER = /\p{L}/u;

const TEXT_CHARS_MIN = 3;
const TEXT_CHARS_MAX = 200;

type Add = (value: Salient) => void;

function bounded(leaves: readonly string[], chars_max: number): string[] {
  const kept: string[] = [];
  let left = chars_max;
  for (const text of leaves) {
    if (left <= 0) break;
    kept.push(text.length > left ? text.slice(0, left) : text);
    left -= text.length;
  }
  return kept;
}

/** What a text stands for as a whole: a producer that gives values gives one at a time. */
function whole(text: string): readonly Salient[] {
  const known = /\s/.test(text) ? [] : classify(text);
  return known.length > 0 ? known : [{ kind: 'text', text: folded(text) }];
}

function folded(text: string): string {
  return text.trim().replace(/\s+/g, ' ').toLowerCase();
}

function addTokens(text: string, add: Add, full: () => boolean): void {
  if (text.includes('+'))
    for (const [phone] of text.matchAll(PHONE)) add({ kind: 'phone', text: phone.replace(/\D/g, '') });
  if (!SEPARATED.test(text)) {
    for (const value of classify(text)) add(value);
    return;
  }
  for (const [number] of text.matchAll(GROUPED)) {
    const compact = number.replaceAll(' ', '');
    if (compact.length >= 8) add({ kind: 'account', text: compact });
  }
  for (const token of text.split(SEPARATORS)) {
    if (full()) return;
    for (const value of classify(token)) add(value);
  }
}

/** Free text in the units in which it is copied: a field, a line, what follows a colon, a quotation, a name. */
function addTexts(text: string, add: Add, full: () => boolean): void {
  if (QUOTE.test(text))
    for (const match of text.matchAll(QUOTED)) offer(match[1] ?? match[2] ?? match[3] ?? match[4]!, add);
  if (text.includes('\n')) {
    for (const line of text.split('\n')) {
      if (full()) return;
      if (line.length <= LINE_CHARS_MAX) offerLine(line, add);
    }
  } else if (text.length <= LINE_CHARS_MAX) offerLine(text, add);
  if (!text.includes(' ')) return;
  for (const [name] of text.matchAll(NAME)) {
    offer(name, add);
    // The first word of a sentence has a capital too.
    const rest = name.slice(name.indexOf(' ') + 1);
    if (rest.includes(' ')) offer(rest, add);
  }
}

function offer(part: string, add: Add): void {
  const text = part.trim();
  if (text.length < TEXT_CHARS_MIN || text.length > TEXT_CHARS_MAX || !LETTER.test(text)) return;
  if (SPACE.test(text) || (!isTime(text) && classify(text).length === 0)) add({ kind: 'text', text: folded(text) });
}

const LINE_CHARS_MAX = 400;

function offerLine(line: string, add: Add): void {
  const item = line.replace(/^[\s•-]+/, '');
  offer(item, add);
  const colon = item.indexOf(': ');
  if (colon > 0) offer(item.slice(colon + 2).replace(/^['"]|['"]$/g, ''), add);
}
