import * as z from 'zod';
import { SEVERITIES } from '../alert/alert.ts';
import { EVENT_KINDS, OUTCOMES } from '../event/event.ts';
import { ACTIONS, MODES, STATES } from '../order/order.ts';
import { STATUSES } from '../triage/index.ts';

const text = z.string().min(1).max(512);
const time = z.iso.datetime({ offset: true });

const paging = {
  from: time.optional().describe('Oldest time, ISO 8601'),
  to: time.optional().describe('Time before which, ISO 8601'),
  cursor: z.string().min(1).max(4096).optional().describe('next_cursor of the page before'),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'a whole number from 1 on')
    .transform(Number)
    .default(50),
};
const whose = { tenant: text.optional(), agent_id: text.optional(), credential: text.optional() };

export const AlertFilters = z.strictObject({
  ...paging,
  ...whose,
  detector: text.optional(),
  severity: z.enum(SEVERITIES).optional(),
  session: text.optional(),
  subject: text.optional(),
});

export const RevocationFilters = z.strictObject({
  ...paging,
  ...whose,
  detector: text.optional(),
  state: z.enum(STATES).optional(),
  mode: z.enum(MODES).optional(),
  action: z.enum(ACTIONS).optional(),
  target: text.optional(),
  receiver: text.optional(),
  alert_id: text.optional(),
});

/** Without `agent_id`: that one is in the path. */
export const TimelineFilters = z.strictObject({
  ...paging,
  tenant: text.optional(),
  credential: text.optional(),
  kind: z.enum(EVENT_KINDS).optional(),
  outcome: z.enum(OUTCOMES).optional(),
  session: text.optional(),
});

export const RejectFilters = z.strictObject({
  ...paging,
  tenant: text.optional(),
  producer: text.optional(),
  door: text.optional(),
  field: text.optional(),
});

export const GapFilters = z.strictObject({
  ...paging,
  tenant: text.optional(),
  producer: text.optional(),
  detector: text.optional(),
  reason: text.optional(),
});

export const IncidentFilters = z.strictObject({
  from: paging.from,
  to: paging.to,
  limit: paging.limit,
  tenant: text.optional(),
  status: z
    .string()
    .transform((list) => list.split(','))
    .pipe(z.array(z.enum(STATUSES)).min(1))
    .optional()
    .describe('Incidents that have an alert in one of these'),
  as_of: time.optional().describe('Alerts that were made later are left out'),
});

export interface Filters {
  from?: string;
  to?: string;
  cursor?: string;
  limit: number;
  [column: string]: unknown;
}

export const ProducerFilters = z.strictObject({
  from: time.optional().describe('Oldest time of receipt, ISO 8601; a day ago where absent'),
});
