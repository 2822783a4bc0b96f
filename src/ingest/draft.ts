import { randomUUID } from 'node:crypto';
import { compileObject } from '../event/compile.ts';
import { readContent } from '../event/content.ts';
import { EVENT, type PostedEvent } from '../event/event.ts';
import { emptyValue } from '../event/field.ts';
import type { Fingerprints } from '../event/fingerprint.ts';
import { firstFit } from '../event/glob.ts';
import { jwtHandles } from '../event/jwt.ts';
import { parseTime } from '../event/time.ts';
import { toolClass } from '../event/tool-class.ts';
import type { Refusal } from '../event/validate.ts';
import type { AdmitContext } from './admission.ts';
import type { IngestConfig } from './config.ts';

export type Texts = Record<string, string>;

/** A row that is being made. */
export interface Draft {
  readonly row: Record<string, unknown>;
  /** Marks that Tripline sets; those of the producer are in the row. */
  readonly marks: string[];
  /** Attributes that Tripline adds; they come before those of the producer. */
  readonly own: Texts;
}

/** Not copied as they are: made from what was posted, or dropped. */
const MADE = new Set([
  'time',
  'token',
  'args',
  'result',
  'request',
  'args_values',
  'result_values',
  'request_values',
  'attributes',
  'credential_handles',
]);
/** A row with all that is taken over as it is; the rest is empty. */
const taken = compileObject<Record<string, unknown>>(
  Object.fromEntries(
    EVENT.columns.map(({ name }, i) => [name, MADE.has(name) ? `r[${i}]` : `p[${JSON.stringify(name)}] ?? r[${i}]`]),
  ),
  EVENT.columns.map(({ type }) => emptyValue(type)),
);
/** Names of attributes that Tripline sets: a producer's own are kept under another name. */
const OWN = new Set(['claimed_time', 'secret_fingerprint', 'token_fingerprint']);

/** What the schema cannot say. */
export function contradiction(posted: PostedEvent, { tenant, agents = ANY }: AdmitContext): Refusal | undefined {
  const bare = posted.credential === undefined && posted.token === undefined;
  if (bare && posted.kind === 'token_use')
    return { field: 'credential', expected: 'a credential or a token', value: undefined };
  if (bare && posted.agent_id === undefined)
    return { field: 'agent_id', expected: 'an agent_id, a credential or a token', value: undefined };
  if (tenant && posted.tenant !== undefined && posted.tenant !== tenant)
    return { field: 'tenant', expected: 'the tenant that the key belongs to', value: posted.tenant };
  if (agents.length > 0 && firstFit(agents, posted.agent_id) === undefined)
    return { field: 'agent_id', expected: 'an agent that the key may speak for', value: posted.agent_id };
  if (posted.time !== undefined && !(parseTime(posted.time) >= OLDEST))
    return { field: 'time', expected: 'a time since 2000', value: posted.time };
  return undefined;
}

const ANY: readonly string[] = [];
/** Older times are unset clocks and zero values. */
const OLDEST = Date.UTC(2000, 0, 1);

/** A row with all that is taken over as it is. */
export function draftOf(posted: PostedEvent): Draft {
  const row = taken(posted);
  if (posted.trace_id !== undefined) row.trace_id = posted.trace_id.toLowerCase();
  if (posted.span_id !== undefined) row.span_id = posted.span_id.toLowerCase();
  if (posted.tool_name !== undefined && posted.tool_class === undefined) row.tool_class = toolClass(posted.tool_name);
  if (posted.attributes !== undefined) {
    const attributes: Texts = Object.create(null);
    for (const key of Object.keys(posted.attributes))
      attributes[OWN.has(key) ? `posted.${key}` : key] = posted.attributes[key]!;
    row.attributes = attributes;
  }
  return { row, marks: [], own: Object.create(null) };
}

/** Adds a mark of ours, once. */
export function mark({ marks }: Pick<Draft, 'marks'>, name: string): void {
  if (!marks.includes(name)) marks.push(name);
}

/** True when the time was in the future and was clamped. */
export function setTime(draft: Draft, posted: PostedEvent, received: number, skew_max_ms: number): boolean {
  const { row, own } = draft;
  row.received = received;
  row.time = posted.time === undefined ? received : parseTime(posted.time);
  if ((row.time as number) <= received + skew_max_ms) return false;
  row.time = received;
  mark(draft, 'clock_skew');
  own.claimed_time = posted.time!.slice(0, TIME_CHARS_MAX);
  return true;
}

const TIME_CHARS_MAX = 40;

/** The raw token becomes a fingerprint and, where it is a JWT, the handles by which it can be revoked. */
export function setCredential({ row, own }: Draft, posted: PostedEvent, fingerprints: Fingerprints): void {
  if (posted.token === undefined && posted.credential_handles === undefined) return;
  const handles = posted.token === undefined ? new Map<string, string>() : jwtHandles(posted.token);
  for (const [name, value] of Object.entries(posted.credential_handles ?? {})) handles.set(name, value);
  if (handles.size > 0) {
    const map: Texts = Object.create(null);
    for (const [name, value] of handles) map[name] = value;
    row.credential_handles = map;
  }
  if (posted.token === undefined) return;
  const fingerprint = fingerprints.credential(posted.token);
  if (posted.credential === undefined) row.credential = fingerprint;
  else own.token_fingerprint = fingerprint;
}

/**
 * An id for an event that came without one. Where its time was given, the same event gives the same id, and the n-th equal event
 * of a request the n-th id. Without a time nobody can tell a repeated delivery from a repeated act: none is taken for the other.
 */
export function idOf(posted: PostedEvent, occurrences: Map<string, number>, fingerprints: Fingerprints): string {
  if (posted.time === undefined) return `auto-${randomUUID()}`;
  const id = `auto-${fingerprints.digest('event', textOf(posted))}`;
  const before = occurrences.get(id) ?? 0;
  occurrences.set(id, before + 1);
  return before === 0 ? id : `${id}-${before + 1}`;
}

function textOf(posted: PostedEvent): string {
  try {
    return JSON.stringify(posted);
  } catch {
    // Nested deeper than the stack.
    const limits = { depth_max: 64, chars_max: 0, isVolatile: () => false, isSecret: () => false };
    return readContent(posted, limits).canonical;
  }
}

/** Closes the row: our attributes and as many of the producer's as fit. */
export function finish(draft: Draft, { attributes_max, attribute_chars_max }: IngestConfig): void {
  const { row, marks, own } = draft;
  const posted = row.attributes as Texts;
  let names = 0;
  let ours = 0;
  let long = false;
  for (const name in posted) {
    names += 1;
    long ||= posted[name]!.length > attribute_chars_max;
  }
  for (const _name in own) ours += 1;
  const fits = names + ours <= attributes_max;
  if (ours > 0 || long || !fits) {
    const kept: Texts = Object.assign(Object.create(null), own);
    for (const name of Object.keys(posted).slice(0, Math.max(0, attributes_max - ours)))
      kept[name] = cut(posted[name]!, attribute_chars_max, draft);
    if (!fits) mark(draft, 'truncated');
    row.attributes = kept;
  }
  if (marks.length > 0) row.marks = [...new Set([...(row.marks as string[]), ...marks])];
}

function cut(text: string, chars_max: number, draft: Draft): string {
  if (text.length <= chars_max) return text;
  mark(draft, 'truncated');
  return text.slice(0, chars_max).replace(/[\ud800-\udbff]$/, '');
}
