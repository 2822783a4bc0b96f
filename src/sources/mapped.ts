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

function shown(got: unknown): string {
  const text = typeof got === 'string' ? got : got === undefined ? 'nothing' : describe(got);
  return text.length > GOT_CHARS_MAX ? `${cut(text, GOT_CHARS_MAX)}…` : text;
}

function describe(got: unknown): string {
  if (Array.isArray(got)) return 'an array';
  return typeof got === 'object' && got !== null ? 'an object' : String(got);
}
