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

/** True when a text may hold a secret: the one pass that nearly every text needs. */
export function mayHoldSecret(text: string): boolean {
  return nextStart(text, 0) >= 0;
}

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

interface Compiled {
  readonly rule: SecretRule;
  readonly pattern: RegExp;
}

/** A backslash escape before a token belongs to the JSON around it: `\neyJ...`. */
const APART = {
  word: '(?:(?<![A-Za-z0-9])|(?<=\\\\[nrt]))',
  token: '(?:(?<![\\w-])|(?<=\\\\[nrt]))',
  no: '',
};

const START_CHARS = 3;
const candidates = new Map<string, { literal: string; compiled: Compiled }[]>();
for (const rule of SECRET_RULES) {
  const compiled = { rule, pattern: new RegExp(APART[rule.apart ?? 'word'] + rule.pattern, 'dy') };
  for (const literal of rule.literals) {
    const start = literal.slice(0, START_CHARS);
    assert(start.length === START_CHARS, `The literal ${literal} of ${rule.id} is too short`);
    candidates.set(start, [...(candidates.get(start) ?? []), { literal, compiled }]);
  }
}

/** Which hashes of three characters start a literal: one look-up a character, where an expression with all literals costs ten times that. */
const STARTS_MASK = 0x1ffff;
const starts = new Uint8Array(STARTS_MASK + 1);
for (const start of candidates.keys())
  starts[hashOf(start.charCodeAt(0), start.charCodeAt(1), start.charCodeAt(2))] = 1;

function hashOf(a: number, b: number, c: number): number {
  return ((a << 10) ^ (b << 5) ^ c) & STARTS_MASK;
}

function nextStart(text: string, from: number): number {
  let a = text.charCodeAt(from);
  let b = text.charCodeAt(from + 1);
  for (let i = from + 2; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (starts[hashOf(a, b, c)] === 1 && hasLiteral(text, i - 2)) return i - 2;
    a = b;
    b = c;
  }
  return -1;
}

function hasLiteral(text: string, at: number): boolean {
  const possible = candidates.get(text.slice(at, at + START_CHARS));
  return possible?.some(({ literal }) => text.startsWith(literal, at)) ?? false;
}

function match(text: string, at: number, from: number) {
  for (const { literal, compiled } of candidates.get(text.slice(at, at + START_CHARS))!) {
    if (!text.startsWith(literal, at)) continue;
    const { rule, pattern } = compiled;
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
