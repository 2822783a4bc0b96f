import type { PostedEvent } from '../../event/event.ts';
import type { Mapped } from '../mapped.ts';

export type Json = { readonly [key: string]: unknown };

export interface RecordPlace {
  /** Base name of the file. */
  file: string;
  /** Place of the record in its file, from 0. */
  index: number;
}

/** One kind of file: how its first record is recognised, and what its records become. */
export interface Format {
  readonly id: string;
  matches(record: Json): boolean;
  /** JSON.parse where absent. */
  parse?(text: string): unknown;
  events(record: Json, place: RecordPlace): Mapped[];
}

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** Checked by the door against its schema, like everything else that comes in. */
export function mapped(event: Record<string, unknown>): Mapped {
  const said = Object.entries(event).filter(([, value]) => value !== undefined && value !== null);
  return { ok: true, event: Object.fromEntries(said) as PostedEvent };
}

/** A time as ISO text in UTC: ISO with or without offset, or "2026-01-24 03:06:02". Undefined where it is none. */
export function timeOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/.test(value) ? value : `${value}Z`;
  const time_ms = Date.parse(zoned.replace(' ', 'T'));
  return Number.isNaN(time_ms) ? undefined : new Date(time_ms).toISOString();
}
