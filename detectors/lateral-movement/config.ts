import * as z from 'zod';

const ms = (value: number, what: string) =>
  z
    .int()
    .min(1)
    .max(30 * 86_400_000)
    .default(value)
    .describe(what);
const count = (value: number, min: number, what: string) => z.int().min(min).max(10_000).default(value).describe(what);

export const config = z.strictObject({
  baseline_events_min: count(20, 1, 'Events of an agent that make its past; before that it only learns'),
  baseline_ms_min: ms(3_600_000, 'Age of that past; before that it only learns'),
  window_ms: ms(600_000, 'Time within which new services are counted together'),
  new_services_min: count(6, 2, 'Services reached for the first time within the window that fire'),
  new_services_refused_min: count(4, 2, 'The same when one or more of them refused'),
  new_share_min: z
    .number()
    .min(1)
    .max(1)
    .default(0.4)
    .describe(
      'Share of new services among the last 10 events, below which it is everyday work with something new in it',
    ),
  outside_scope_min: count(
    3,
    1,
    'Services outside of the declared scope of a task, within the window, that fire; they need no past',
  ),
  revoked_ms: ms(
    3_600_000,
    'Refusals (401) of an agent that name no credential are let be this long after Tripline revoked one of its',
  ),
  quiet_ms: ms(3_600_000, 'One story gives one alert: repeats within this time are only counted'),
});
