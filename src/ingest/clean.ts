import { make } from '../event/compile.ts';
import { EVENT } from '../event/event.ts';
import { emptyValue } from '../event/field.ts';
import type { Fingerprints } from '../event/fingerprint.ts';
import { type Hit, isPlain, redact, redacted } from './redact/redact.ts';
import { isPlaceholder } from './redact/rules.ts';
import { wellFormed } from './text.ts';

type Row = Record<string, unknown>;
type Texts = Record<string, string>;

/** Names of things: two that were redacted must not become one. */
const IDENTITIES = new Set([
  'event_id',
  'tenant',
  'agent_id',
  'agent_instance',
  'agent_parent',
  'session',
  'task',
  'workload',
  'user',
  'credential_jkt',
  'trace_id',
  'span_id',
]);
const CREDENTIALS = new Set(['credential', 'credential_previous']);
/** Columns that were fingerprinted, or are of ours. */
const CLEAN = new Set(['producer', 'kind', 'outcome', 'lifecycle', 'tool_class', 'request_classes']);
/** Schemes that say that a raw credential follows. */
const RAW_SCHEME = /^(?:bearer|token|raw|secret|password|basic|api[_-]?key|jwt|access_token|refresh_token|cookie):/;

type Form = 'text' | 'list' | 'map';
const FORMS: ReadonlyMap<string, Form> = new Map(
  EVENT.columns.flatMap(({ name, type }): [string, Form][] => {
    if (CLEAN.has(name)) return [];
    if (type === 'String' || type === 'LowCardinality(String)') return [[name, 'text']];
    if (type === 'Array(LowCardinality(String))' || type === 'Array(String)') return [[name, 'list']];
    return type === 'Map(String, String)' ? [[name, 'map']] : [];
  }),
);

interface Looked {
  chars: number;
  /** Something has to be taken out. */
  unsafe: boolean;
  raw: string | undefined;
}

/** What nearly every row needs and no more. */
function look(text: string, looked: Looked): void {
  looked.chars += text.length;
  if (!isPlain(text) || (looked.raw !== undefined && text.includes(looked.raw))) looked.unsafe = true;
}

/** How to look at the texts of a value that is none of the shared empty ones. */
const LOOK: Readonly<Record<Form, string>> = {
  text: "if (value !== '') look(value, looked);",
  list: 'if (value !== r[0]) for (const text of value) look(text, looked);',
  map: 'if (value !== r[1]) for (const key in value) { look(key, looked); look(value[key], looked); }',
};
const lookAt = make<(row: Row, one: typeof look, looked: Looked) => void>(
  ['row', 'look', 'looked'],
  `let value; ${[...FORMS].map(([name, form]) => `value = row.${name}; ${LOOK[form]}`).join('\n')}`,
  [emptyValue('Array(String)'), emptyValue('Map(String, String)')],
);

/**
 * Takes secrets and characters that no column may hold out of every text of a row, in place.
 * `token` is the raw credential of the event, which may stand in its other fields too. Returns the characters looked at.
 */
export type Clean = (row: Row, token: string | undefined, hits: Hit[]) => number;

export function createClean(fingerprints: Fingerprints, isSecret: (key: string) => boolean): Clean {
  const cleanAll = createCleanAll(fingerprints, isSecret);
  return (row, token, hits) => {
    const raw = rawOf(token);
    const looked = { chars: 0, unsafe: hasRawScheme(row) || hasSecretKey(row, isSecret), raw };
    lookAt(row, look, looked);
    if (looked.unsafe) cleanAll(row, token, hits);
    return looked.chars;
  };
}

/** The same without looking first whether there is anything to take out: the plain way, field by field. */
export function createCleanAll(
  fingerprints: Fingerprints,
  isSecret: (key: string) => boolean,
): (row: Row, token: string | undefined, hits: Hit[]) => void {
  const credential = (text: string, hits: Hit[]) => {
    const known = hits.length;
    const clean = redact(text, hits);
    const scheme = RAW_SCHEME.exec(text)?.[0];
    if (hits.length === known && scheme === undefined) return clean;
    if (hits.length === known) hits.push({ rule: 'credential', secret: text.slice(scheme!.length) });
    return fingerprints.credential(hits[known]!.secret);
  };
  const cleanText = (name: string, text: string, hits: Hit[], token: string | undefined) => {
    if (CREDENTIALS.has(name)) return credential(text, hits);
    const known = hits.length;
    let clean = wellFormed(redact(text, hits));
    if (token !== undefined && clean.includes(token)) {
      clean = clean.replaceAll(token, redacted('token'));
      hits.push({ rule: 'token', secret: token });
    }
    if (hits.length === known || !IDENTITIES.has(name)) return clean;
    return `${clean}${fingerprints.digest('identity', text).slice(0, 16)}`;
  };
  const cleanMap = (map: Texts, hits: Hit[], token: string | undefined): Texts => {
    const clean: Texts = Object.create(null);
    for (const key of Object.keys(map)) {
      const value = map[key]!;
      const hide = isSecret(key) && value !== '' && !isPlaceholder(value);
      clean[cleanText('', key, hits, token)] = hide ? hidden(value, hits) : cleanText('', value, hits, token);
    }
    return clean;
  };
  return (row, token, hits) => {
    const raw = rawOf(token);
    for (const [name, form] of FORMS) {
      const value = row[name];
      if (form === 'map') row[name] = cleanMap(value as Texts, hits, raw);
      else if (form === 'list') row[name] = (value as string[]).map((text) => cleanText('', text, hits, raw));
      else if (value !== '') row[name] = cleanText(name, value as string, hits, raw);
    }
  };
}

/** Shorter ones would be found in words. */
const TOKEN_CHARS_MIN = 8;

function rawOf(token: string | undefined): string | undefined {
  return token !== undefined && token.length >= TOKEN_CHARS_MIN ? token : undefined;
}

/** The value of a secret field, known by its form where it has one. */
function hidden(value: string, hits: Hit[]): string {
  const known = hits.length;
  redact(value, hits);
  if (hits.length === known) hits.push({ rule: 'field', secret: value });
  return redacted(hits[known]!.rule);
}

function hasRawScheme(row: Row): boolean {
  return RAW_SCHEME.test(row.credential as string) || RAW_SCHEME.test(row.credential_previous as string);
}

function hasSecretKey(row: Row, isSecret: (key: string) => boolean): boolean {
  for (const key in row.attributes as Texts) if (isSecret(key)) return true;
  for (const key in row.credential_handles as Texts) if (isSecret(key)) return true;
  return false;
}
