import { redact, redacted } from './redact/redact.ts';
import { wellFormed } from './text.ts';

/** Shows refused input: short, without secrets, without content. */
export interface Show {
  /** What stood in a field, at most `GOT_CHARS_MAX` characters. `field` is its path. */
  got(value: unknown, field: string): string;
  /** Start of the event, at most `BODY_CHARS_MAX` characters. */
  body(posted: unknown): string;
  /** Start of a text that could not be read as an event. */
  unreadable(text: string): string;
  /** A name from outside, such as that of an unknown field. */
  name(text: string): string;
}

export const GOT_CHARS_MAX = 120;
export const BODY_CHARS_MAX = 512;
const LOOKED_AT_CHARS_MAX = 4096;
const DEPTH_MAX = 4;
const ENTRIES_MAX = 64;
/** Content of the event: it is never kept, whatever its form. */
const CONTENT = new Set(['args', 'result', 'request']);

export function createShow(isSecret: (key: string) => boolean): Show {
  const hidden = (field: string) => field.split('.').some((part) => isSecret(part));
  const shown = (value: unknown, depth: number): string => {
    if (typeof value === 'string') return JSON.stringify(safe(value).slice(0, GOT_CHARS_MAX));
    if (typeof value !== 'object' || value === null) return String(value);
    if (depth >= DEPTH_MAX) return '…';
    if (Array.isArray(value))
      return `[${value
        .slice(0, ENTRIES_MAX)
        .map((item) => shown(item, depth + 1))
        .join(',')}]`;
    const keys = Object.keys(value).slice(0, ENTRIES_MAX);
    return `{${keys.map((key) => `${JSON.stringify(safe(key).slice(0, GOT_CHARS_MAX))}:${entry(value, key, depth)}`).join(',')}}`;
  };
  const entry = (value: object, key: string, depth: number) => {
    if (depth === 0 && CONTENT.has(key)) return '"[not kept]"';
    if (isSecret(key)) return JSON.stringify(redacted('field'));
    return shown((value as Record<string, unknown>)[key], depth + 1);
  };
  return {
    got(value, field) {
      if (value === undefined) return 'nothing';
      if (hidden(field)) return redacted('field');
      return (typeof value === 'string' ? safe(value) : shown(value, 1)).slice(0, GOT_CHARS_MAX);
    },
    body: (posted) => shown(posted, 0).slice(0, BODY_CHARS_MAX),
    unreadable: (text) => safe(text).slice(0, GOT_CHARS_MAX),
    name: (text) => safe(text).slice(0, GOT_CHARS_MAX),
  };
}

/**
 * Without known secrets, and without anything that looks made by a machine: in refused input nobody knows
 * what a field was meant to be, and a token without a known form would pass for an id.
 */
function safe(text: string): string {
  const start = redact(text.slice(0, LOOKED_AT_CHARS_MAX));
  return wellFormed(start.replace(OPAQUE, (run) => (MIXED.test(run) ? `[${run.length} characters]` : run)));
}

const MIXED = /\d.*[A-Za-z]|[A-Za-z].*\d/;
const OPAQUE = /[A-Za-z0-9+/_=~.-]{20,}/g;
