import { createHash } from 'node:crypto';
import type { PostedEvent } from '../event/event.ts';

/** A record that became no event: which field was wrong, what was expected there, what was there. */
export interface Unmapped {
  ok: false;
  field: string;
  expected: string;
  got: string;
  /** True when nothing is wrong with the record: it is not about agents, or another record already told it. */
  ignored?: true;
}

/** What a source makes of one record of its input. The door validates the event and strips its secrets. */
export type Mapped = { ok: true; event: PostedEvent } | Unmapped;

export const GOT_CHARS_MAX = 200;

export function refused(field: string, expected: string, got: unknown): Unmapped {
  return { ok: false, field, expected, got: shown(got) };
}

export function ignored(field: string, expected: string, got: unknown): Unmapped {
  return { ok: false, field, expected, got: shown(got), ignored: true };
}

/** The start of a text, without half of a surrogate pair at its end. */
export function cut(text: string, chars_max: number): string {
  if (text.length <= chars_max) return text;
  const last = text.charCodeAt(chars_max - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? chars_max - 1 : chars_max);
}

/**
 * The start of a text that the door has not searched for secrets yet. Half a token is known by no rule, so the word that the cut
 * would go through is left out; where nothing else is there, a digest stands for it.
 */
export function cutUnsearched(text: string, chars_max: number): string {
  if (text.length <= chars_max) return text;
  const kept = cut(text, chars_max);
  let end = kept.length;
  if (WORD_CHAR.test(text[end]!)) while (end > 0 && WORD_CHAR.test(kept[end - 1]!)) end -= 1;
  const whole = kept.slice(0, end);
  return whole !== '' ? whole : `#${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
}

/** What tokens are made of. A slash ends a word: parts of a long address before the cut stay. */
const WORD_CHAR = /[\w+=.~-]/;

function shown(got: unknown): string {
  const text = typeof got === 'string' ? got : got === undefined ? 'nothing' : describe(got);
  return text.length > GOT_CHARS_MAX ? `${cut(text, GOT_CHARS_MAX)}…` : text;
}

function describe(got: unknown): string {
  if (Array.isArray(got)) return 'an array';
  return typeof got === 'object' && got !== null ? 'an object' : String(got);
}
