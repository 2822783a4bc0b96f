import * as z from 'zod';
import { ALERT_ACTS, type AlertAct, DISPOSITIONS } from '../../act/act.ts';
import { plain } from '../../act/plain.ts';
import { Who } from '../actor.ts';
import { QueueFilters } from '../console/filters.ts';

const TEXT_MAX = 2000;
const id = z.string().min(1).max(512);
const time = z.iso.datetime({ offset: true });
/** Text of people, which other people are shown. */
const said = z
  .string()
  .max(TEXT_MAX)
  .transform((text) => plain(text, TEXT_MAX).trim());

const BY_HAND = ALERT_ACTS.filter((act): act is Exclude<AlertAct, 'undo'> => act !== 'undo');
const IDS_MAX = 5000;

export const TriageBody = z
  .strictObject({
    act: z.enum(BY_HAND),
    alerts: z
      .array(
        z.strictObject({
          alert_id: id,
          version: z.int().min(0).optional().describe('Of the alert as it was seen; another one now is a conflict'),
        }),
      )
      .min(1)
      .max(IDS_MAX)
      .optional(),
    filter: QueueFilters.optional().describe('Instead of `alerts`: all that it finds, by the parameters of /api/queue'),
    as_of: time.optional().describe('What was on the screen: what others did to an alert since is a conflict'),
    why: said.default('').describe('Reason; closing and noting need one'),
    assignee: z.string().trim().max(256).optional().describe('Who has it from now on; empty for nobody'),
    disposition: z.enum(DISPOSITIONS).optional().describe('What a closed alert was'),
    who: Who.optional(),
  })
  .refine(({ alerts, filter, as_of }) => (alerts === undefined) !== (filter === undefined || as_of === undefined), {
    error: 'either alerts, or filter and as_of',
    path: ['alerts'],
  });
export type TriageBody = z.output<typeof TriageBody>;

export const UndoBody = z.strictObject({ bulk_id: id.describe('Of what is taken back'), who: Who.optional() });
