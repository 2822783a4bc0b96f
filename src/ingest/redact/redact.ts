import assert from 'node:assert';
import { SECRET_RULES, type SecretRule } from './rules.ts';

export interface Hit {
  rule: string;
  /** The raw secret: fingerprint it and let it go. */
  secret: string;
  /** Where it stood; absent where that was neither arguments nor result. */
  where?: 'args' | 'result';
}

export const REDACTED = /\[redacted:[a-z0-9-]+\]/g;

export function redacted(rule: string): string {
  return `[redacted:${rule}]`;
}

/** True when `redact` finds nothing in a text, and no NUL or surrogate stands in it: the one pass that nearly every text needs. */
export function isPlain(text: string): boolean {
  let a = 0;
  let b = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0 || c >= SURROGATES) return false;
    if (starts[hashOf(a, b, c)] === 1 && i >= 2 && match(text, i - 2, 0) !== undefined) return false;
    a = b;
    b = c;
  }
  return true;
}

/** And private use beyond them, which nobody misses the quick way for. */
const SURROGATES = 0xd800;

/** The text without its secrets, each replaced by `[redacted:<rule>]`. What was found is added to `hits`. */
export function redact(text: string, hits?: Hit[]): string {
  let clean = '';
  let kept = 0;
  let at = nextStart(text, 0);
  while (at >= 0) {
    const found = match(text, at, kept);
    if (found === undefined) {
      at = nextStart(text, at + 1);
      continue;
    }
    clean += text.slice(kept, found.start) + redacted(found.rule);
    kept = found.end;
    at = nextStart(text, Math.max(found.end, at + 1));
    hits?.push({ rule: found.rule, secret: text.slice(found.start, found.end) });
  }
  return kept === 0 ? text : clean + text.slice(kept);
}

/** A backslash escape before a token belongs to the JSON around it: `\neyJ...`. */
const APART = {
  word: '(?:(?<![A-Za-z0-9])|(?<=\\\\[nrt]))',
  token: '(?:(?<![\\w-])|(?<=\\\\[nrt]))',
  no: '',
};

interface Candidate {
  readonly literal: string;
  readonly rule: SecretRule;
  readonly pattern: RegExp;
}

const START_CHARS = 3;
const STARTS_MASK = 0x1ffff;
/** By the hash of the first three characters of a literal: one look-up a character, where an expression with all literals costs ten times that. */
const candidates = new Map<number, Candidate[]>();
const starts = new Uint8Array(STARTS_MASK + 1);
for (const rule of SECRET_RULES) {
  const pattern = new RegExp(APART[rule.apart ?? 'word'] + rule.pattern, 'dy');
  for (const literal of rule.literals) {
    assert(literal.length >= START_CHARS, `The literal ${literal} of ${rule.id} is too short`);
    const hash = hashAt(literal, 0);
    candidates.set(hash, [...(candidates.get(hash) ?? []), { literal, rule, pattern }]);
    starts[hash] = 1;
  }
}

function hashAt(text: string, at: number): number {
  return hashOf(text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2));
}

function hashOf(a: number, b: number, c: number): number {
  return ((a << 10) ^ (b << 5) ^ c) & STARTS_MASK;
}

/** The next place where a literal may begin. */
function nextStart(text: string, from: number): number {
  let a = text.charCodeAt(from);
  let b = text.charCodeAt(from + 1);
  for (let i = from + 2; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (starts[hashOf(a, b, c)] === 1) return i - 2;
    a = b;
    b = c;
  }
  return -1;
}

function match(text: string, at: number, from: number) {
  for (const { literal, rule, pattern } of candidates.get(hashAt(text, at))!) {
    if (!text.startsWith(literal, at)) continue;
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) continue;
    const [start, end] = found.indices!.groups?.secret ?? found.indices![0]!;
    const place = { rule: rule.id, start: start - lengthBefore(rule, text, start, from), end };
    if (rule.valid?.(text.slice(place.start, end)) ?? true) return place;
  }
  return undefined;
}

function lengthBefore({ before }: SecretRule, text: string, start: number, from: number): number {
  let length = 0;
  while (before && length < before.max && start - length > from && before.chars.test(text[start - length - 1]!))
    length += 1;
  return length;
}
