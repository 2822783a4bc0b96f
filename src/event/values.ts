import { classify, isTime, type Salient } from './classify.ts';
import type { Fingerprints } from './fingerprint.ts';
import { stemsOf } from './stems.ts';
import { packValue } from './value-kind.ts';
import { NAME_CHARS_MAX, remembered } from './words.ts';

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
  const hashOf = createHashOf(fingerprints);
  const listed = (look: (add: Add, full: () => boolean) => void): number[] => {
    const found = new Set<number>();
    const full = () => found.size >= values_max;
    look((value) => void (full() || found.add(hashOf(value))), full);
    return [...found];
  };
  const read = (text: string): Leaf => ({
    tokens: listed((add, full) => addTokens(text, add, full)),
    texts: listed((add, full) => addTexts(text, add, full)),
    stems: undefined,
  });
  const leafOf = remembered(read);
  const stemsIn = (leaf: Leaf, text: string, words_max: number): readonly number[] => {
    leaf.stems ??= stemsOf([text], Math.max(words_max, NAME_CHARS_MAX)).map((stem) =>
      hashOf({ kind: 'word', text: stem }),
    );
    return leaf.stems;
  };

  return ({ posted = NONE, leaves = NONE, secrets = NONE, words_max = 0 }: ValueSource): number[] => {
    const found: number[] = [];
    for (const text of secrets) add(found, hashOf({ kind: 'secret', text }), values_max);
    for (const text of posted) for (const value of whole(text)) add(found, hashOf(value), values_max);
    const texts = bounded(leaves, values_chars_max);
    const read: Leaf[] = [];
    for (const text of texts) {
      // An id or a count: as good as never the same, and plainly told.
      const leaf = DIGITS.test(text) ? NUMBER : leafOf(text);
      if (leaf === NUMBER)
        add(found, hashOf({ kind: text.length < ACCOUNT_DIGITS_MIN ? 'amount' : 'account', text }, false), values_max);
      read.push(leaf);
      for (const value of leaf.tokens) add(found, value, values_max);
    }
    for (const leaf of read) for (const value of leaf.texts) add(found, value, values_max);
    if (words_max === 0) return found;
    const from = found.length;
    for (let i = 0; i < read.length; i++)
      for (const stem of stemsIn(read[i]!, texts[i]!, words_max)) add(found, stem, from + words_max, from);
    return found;
  };
}

/** Adds what is not yet among the values from `from` on, until there are `values_max`: some hundreds at most, and mostly a handful. */
function add(values: number[], value: number, values_max: number, from = 0): void {
  if (values.length < values_max && values.indexOf(value, from) < 0) values.push(value);
}

/** What one text gives, as fingerprints: found once for a text that comes again. Stems when they are first asked for. */
interface Leaf {
  readonly tokens: readonly number[];
  readonly texts: readonly number[];
  stems: readonly number[] | undefined;
}

const NONE: readonly never[] = [];
/** What a plain number gives besides itself. */
const NUMBER: Leaf = { tokens: NONE, texts: NONE, stems: NONE };
const DIGITS = /^\d{3,20}$/;
const ACCOUNT_DIGITS_MIN = 8;

/** Remembers what comes again. Secrets are not kept in memory, and long texts would fill it. */
function createHashOf(fingerprints: Fingerprints): (value: Salient, again?: boolean) => number {
  const known = new Map<string, number>();
  return ({ kind, text }, again = kind !== 'secret' && text.length <= NAME_CHARS_MAX) => {
    if (!again) return packValue(kind, fingerprints.hash48('value', text));
    const name = `${kind} ${text}`;
    let hash = known.get(name);
    if (hash === undefined) {
      hash = packValue(kind, fingerprints.hash48('value', text));
      if (known.size >= KNOWN_MAX) known.clear();
      known.set(name, hash);
    }
    return hash;
  };
}

const KNOWN_MAX = 20_000;

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

function bounded(leaves: readonly string[], chars_max: number): readonly string[] {
  let chars = 0;
  for (const text of leaves) chars += text.length;
  if (chars <= chars_max) return leaves;
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
