import * as z from 'zod';
import { SEVERITIES } from '../alert/alert.ts';
import { EVENT_KINDS, OUTCOMES } from '../event/event.ts';
import { STATES } from '../order/order.ts';

const text = z.string().min(1).max(512);
const time = z.iso.datetime({ offset: true });
const paging = {
  from: time.optional().describe('Oldest time, ISO 8601'),
  to: time.optional().describe('Time before which, ISO 8601'),
  tenant: text.optional(),
  agent_id: text.optional(),
  credential: text.optional(),
  cursor: text.optional().describe('next_cursor of the page before'),
  limit: z.coerce.number().int().min(1).default(50),
};

export const AlertFilters = z.strictObject({
  ...paging,
  detector: text.optional(),
  severity: z.enum(SEVERITIES).optional(),
  session: text.optional(),
  subject: text.optional(),
});

export const RevocationFilters = z.strictObject({
  ...paging,
  state: z.enum(STATES).optional(),
  receiver: text.optional(),
  alert_id: text.optional(),
});

export const TimelineFilters = z.strictObject({
  ...paging,
  kind: z.enum(EVENT_KINDS).optional(),
  outcome: z.enum(OUTCOMES).optional(),
  session: text.optional(),
});

const PAGING = new Set(['from', 'to', 'cursor', 'limit']);

export interface Where {
  sql: string;
  params: Record<string, unknown>;
}

/** Conditions of a list: equality for each filter, the time range, and the place where the page before ended. */
export function whereOf(filters: Record<string, unknown>, keys: { time: string; id: string }): Where {
  const terms = ['1'];
  const params: Record<string, unknown> = {};
  const add = (term: string, name: string, value: unknown) => {
    terms.push(term);
    params[name] = value;
  };
  for (const [name, value] of Object.entries(filters)) {
    if (value !== undefined && !PAGING.has(name)) add(`${name} = {${name}:String}`, name, value);
  }
  const { from, to, cursor } = filters as { from?: string; to?: string; cursor?: string };
  if (from) add(`${keys.time} >= fromUnixTimestamp64Milli({from:Int64})`, 'from', Date.parse(from));
  if (to) add(`${keys.time} < fromUnixTimestamp64Milli({to:Int64})`, 'to', Date.parse(to));
  if (cursor) {
    const place = decodeCursor(cursor);
    add(`(${keys.time}, ${keys.id}) < (fromUnixTimestamp64Milli({at:Int64}), {id:String})`, 'at', place.at);
    params.id = place.id;
  }
  return { sql: terms.join(' AND '), params };
}

export function encodeCursor(at: number, id: string): string {
  return Buffer.from(JSON.stringify([at, id])).toString('base64url');
}

const Place = z.tuple([z.number(), z.string()]);

/** @throws z.ZodError when the cursor was not made by `encodeCursor`. */
function decodeCursor(cursor: string): { at: number; id: string } {
  const refuse = () =>
    new z.ZodError([
      { code: 'custom', path: ['cursor'], message: 'expected a next_cursor of this list', input: cursor },
    ]);
  try {
    const [at, id] = Place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return { at, id };
  } catch {
    throw refuse();
  }
}
