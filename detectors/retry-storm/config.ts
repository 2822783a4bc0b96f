import * as z from 'zod';

const count = (value: number, what: string) => z.int().min(2).max(1000).default(value).describe(what);
const ms = (value: number, what: string) => z.int().min(1).max(86_400_000).default(value).describe(what);

export const config = z.strictObject({
  failed_repeats_min: count(5, 'The same call failing this often in a row fires'),
  idle_repeats_min: count(6, 'The same call giving the same result this often in a row fires'),
  cycle_rounds_min: count(3, 'Going round the same two or three calls this often fires'),
  failures_in_a_row_min: count(7, 'Failures in a row, of one tool or over all tools, that fire; the error may change'),
  failures_recent_min: count(7, 'Failures among the last 10 calls that fire'),
  futile_recent_min: count(6, 'Calls that brought nothing new among the last 10 that fire'),
  backoff_ms_min: ms(400, 'A throttled call that waited at least this long, and longer than before, is no failure'),
  backoff_growth_min: z
    .number()
    .min(1)
    .max(10)
    .default(1.2)
    .describe('How many times longer each wait must be to count as backing off'),
  refusals_min: count(5, 'Refusals of one credential at one target within the window that fire (audit sources)'),
  refusals_window_ms: ms(60_000, 'Length of the window of refusals'),
  quiet_ms: ms(600_000, 'One story gives one alert: repeats within this time are only counted'),
});
