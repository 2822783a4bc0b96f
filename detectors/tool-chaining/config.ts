import * as z from 'zod';

const whole = (value: number, least: number, what: string) => z.int().min(least).default(value).describe(what);

export const ToolChainingConfig = z.strictObject({
  signs_min: whole(1, 1, 'Independent signs besides data flow that a chain takes'),
  results_max: whole(20, 1, 'Last results of a session in which the origin of a value is looked for'),
  fresh_results: whole(
    5,
    1,
    'How many results back a value may come from, where no secret is involved: an agent that obeys a text does so soon',
  ),
  secrets_max: whole(8, 1, 'Last results of secret readings of a session that are remembered'),
  window_ms: whole(3_600_000, 1000, 'How long a result counts as the origin of a value, ms'),
  request_values_max: whole(512, 1, "Values of the user's requests that are remembered of a session, newest first"),
  destinations_max: whole(256, 1, 'Destinations that are remembered of a session: only its first use of one counts'),
  suppress_ms: whole(3_600_000, 1000, 'Time in which one session gives one alert, ms'),
  keys_max: whole(100_000, 1, 'Sessions remembered at one time'),
});
export type ToolChainingConfig = z.output<typeof ToolChainingConfig>;
