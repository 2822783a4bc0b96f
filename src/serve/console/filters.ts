import * as z from 'zod';
import { DISPOSITIONS } from '../../act/act.ts';
import { SEVERITIES } from '../../alert/alert.ts';
import type { OrderState } from '../../order/order.ts';
import { STATUSES } from '../../triage/index.ts';
import { instant, storable } from '../list.ts';

const text = z.string().min(1).max(512);
const time = z.iso.datetime({ offset: true });
const whole = (max: number, preset: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'a whole number')
    .transform((digits) => Math.min(Number(digits), max))
    .default(preset);
/** Several values of one field, with commas between them: each of them fits. */
const several = <T extends z.ZodType<string, string>>(one: T) =>
  z
    .string()
    .min(1)
    .max(4096)
    .transform((list) => list.split(','))
    .pipe(z.array(one).min(1).max(100));

export const RANGE = { from: time.optional(), to: time.optional() };

/** How far the response to an alert is, as states of an order that it led to. `none`: nothing was done or is to be done. */
const RESPONSES = {
  none: [],
  wait: ['held'],
  busy: ['proposed', 'sent', 'accepted', 'undo_requested'],
  bad: ['failed', 'irrevocable', 'escalated'],
  good: ['confirmed'],
} as const satisfies Record<string, readonly OrderState[]>;
type Response = keyof typeof RESPONSES;

const queue = {
  ...RANGE,
  severity: several(z.enum(SEVERITIES)).optional(),
  detector: several(text).optional(),
  agent_id: text.optional(),
  credential: text.optional(),
  session: text.optional(),
  tenant: text.optional(),
  status: several(z.enum(STATUSES)).optional().describe('How far triage is; closed and suppressed alerts are kept'),
  assignee: text.optional().describe('Who has it'),
  disposition: several(z.enum(DISPOSITIONS)).optional(),
  response: z.enum(Object.keys(RESPONSES) as [Response, ...Response[]]).optional(),
  q: text
    .optional()
    .describe('Text that is somewhere in the summary, the agent, the credential, the subject or the reason'),
  as_of: time.optional().describe('Alerts that were made later are left out: a list that is being read does not move'),
};

export const QueueFilters = z.strictObject(queue);
export const QueuePage = z.strictObject({
  ...queue,
  sort: z.enum(['risk', 'time']).default('risk'),
  offset: whole(1_000_000, 0),
  limit: whole(200, 200),
});
export type QueueFilters = z.output<typeof QueueFilters>;
export type QueuePage = z.output<typeof QueuePage>;

export const CallFilters = z.strictObject({
  ...RANGE,
  agent_id: text.optional(),
  session: text.optional(),
  credential: text.optional(),
  tenant: text.optional(),
  limit: whole(2_000, 2_000),
});
export type CallFilters = z.output<typeof CallFilters>;

export const OrderFilters = z.strictObject({
  ...RANGE,
  agent_id: text.optional(),
  credential: text.optional(),
  limit: whole(1_000, 1_000),
});
export type OrderFilters = z.output<typeof OrderFilters>;

export const AgentAsked = z.strictObject({ ...RANGE, agent_id: text });
export const CredentialAsked = z.strictObject({ credential: text });
export const MapFilters = z.strictObject({
  ...RANGE,
  agent_id: text.optional(),
  scope: z.enum(['alerted', 'all']).default('alerted').describe('Agents that an alert is about, or every agent'),
  limit: whole(1_000, 400),
});
export type MapFilters = z.output<typeof MapFilters>;

export interface Where {
  sql: string;
  params: Record<string, unknown>;
}

const SEARCHED = ['summary', 'agent_id', 'credential', 'subject', 'reason', 'session', 'alert_id'];

/** Terms over columns of the same names, with every value bound. */
export function whereOf(filters: Readonly<Record<string, unknown>>, time_column = 'time'): Where {
  const terms = ['1'];
  const params: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(filters)) {
    if (value === undefined) continue;
    const bound = termOf(name, value, time_column);
    if (bound === undefined) continue;
    terms.push(bound.term);
    params[bound.param] = bound.value;
  }
  return { sql: terms.join(' AND '), params };
}

const COLUMNS = new Set([
  'severity',
  'detector',
  'agent_id',
  'credential',
  'session',
  'tenant',
  'status',
  'assignee',
  'disposition',
]);

function termOf(name: string, value: unknown, time_column: string) {
  const at = (operator: string, column: string) => ({
    term: `${column} ${operator} ${instant(`${name}_ms`)}`,
    param: `${name}_ms`,
    value: storable(Date.parse(String(value))),
  });
  if (name === 'from') return at('>=', time_column);
  if (name === 'to') return at('<', time_column);
  if (name === 'as_of') return at('<=', 'detected');
  if (name === 'q') {
    const hits = SEARCHED.map((column) => `positionCaseInsensitiveUTF8(${column}, {q:String}) > 0`);
    return { term: `(${hits.join(' OR ')})`, param: 'q', value };
  }
  if (name === 'response') return responseTerm(value as Response);
  if (!COLUMNS.has(name)) return undefined;
  const type = Array.isArray(value) ? 'Array(String)' : 'String';
  return { term: `${name} ${Array.isArray(value) ? 'IN' : '='} {${name}:${type}}`, param: name, value };
}

function responseTerm(response: Response) {
  const latest = 'SELECT alert_id, argMax(state, seq) AS now FROM revocations GROUP BY alert_id, order_id';
  const states: readonly OrderState[] = RESPONSES[response];
  const term =
    response === 'none'
      ? `alert_id NOT IN (SELECT alert_id FROM (${latest}) WHERE now NOT IN {response:Array(String)})`
      : `alert_id IN (SELECT alert_id FROM (${latest}) WHERE now IN {response:Array(String)})`;
  return { term, param: 'response', value: response === 'none' ? ['observed', 'expired'] : states };
}
