import * as z from 'zod';
import type { Store } from '../store/store.ts';
import type { Relation } from './recent.ts';

const text = z.string().min(1).max(512);

/** What a silence hides: alerts that agree in every field that is set. */
export const Matcher = z
  .strictObject({
    tenant: text.optional(),
    detector: text.optional(),
    reason: text.optional(),
    agent_id: text.optional(),
    credential: text.optional(),
    session: text.optional(),
    subject: text.optional(),
    target: text.optional().describe('The target that the evidence of the alert names'),
  })
  .refine((matcher) => Object.keys(matcher).some((name) => name !== 'tenant'), {
    error: 'at least one field besides tenant: a silence does not hide everything',
  });
export type Matcher = z.output<typeof Matcher>;

export interface Silence {
  silence_id: string;
  matcher: Matcher;
  owner: string;
  why: string;
  /** Epoch ms. */
  created: number;
  expires: number;
  state: 'active' | 'ended' | 'expired';
  version: number;
}

interface Row {
  silence_id: string;
  content: string;
  owner: string;
  why: string;
  created_ms: number;
  expires_ms: number;
  state: Silence['state'];
  version: number;
}

/** All silences that are kept, the newest first; with `now` those that hide something then. */
export async function readSilences(store: Pick<Store, 'query'>, acts: Relation, now?: number): Promise<Silence[]> {
  const rows = await store.query<Row>(
    `SELECT a.object AS silence_id, argMax(a.content, a.version) AS content, argMin(a.who, a.version) AS owner,
      argMin(a.why, a.version) AS why, argMax(a.state, a.version) AS state, toUInt32(max(a.version)) AS version,
      toFloat64(toUnixTimestamp64Milli(min(a.time))) AS created_ms,
      toFloat64(toUnixTimestamp64Milli(argMax(a.expires, a.version))) AS expires_ms
     FROM ${acts.sql} AS a WHERE a.object_kind = 'silence' GROUP BY a.object ORDER BY created_ms DESC, silence_id LIMIT 10000`,
    acts.params,
  );
  const silences = rows.map(({ content, created_ms, expires_ms, ...row }) => ({
    ...row,
    matcher: JSON.parse(content) as Matcher,
    created: created_ms,
    expires: expires_ms,
  }));
  return now === undefined ? silences : silences.filter((silence) => isInForce(silence, now));
}

export function isInForce({ state, expires }: Silence, now: number): boolean {
  return state === 'active' && expires > now;
}

/** A condition over columns of `alerts`, with its parameters named after `prefix`. */
export function matchSql(matcher: Matcher, prefix: string): Relation {
  const entries = Object.entries(matcher).filter(([, value]) => value !== undefined);
  const terms = entries.map(([name]) => `${columnOf(name)} = {${prefix}_${name}:String}`);
  const params = Object.fromEntries(entries.map(([name, value]) => [`${prefix}_${name}`, value]));
  return { sql: `(${terms.join(' AND ')})`, params };
}

function columnOf(name: string): string {
  return name === 'target' ? "evidence['target']" : name;
}
