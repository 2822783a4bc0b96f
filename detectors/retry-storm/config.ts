import * as z from 'zod';

const whole = (value: number, least: number, what: string) => z.int().min(least).default(value).describe(what);

export const RetryStormConfig = z.strictObject({
  calls_max: whole(10, 4, 'How many of the last calls of a session are looked at'),
  window_ms: whole(600_000, 1000, 'How far back a call still counts, ms'),
  exact_calls: whole(
    4,
    2,
    'Calls of one tool with the same arguments and the same result (or failed) that are a storm',
  ),
  cycle_rounds: whole(3, 2, 'Times that the same two or three calls with the same results follow each other'),
  repeated_points: z
    .number()
    .min(1)
    .default(5)
    .describe(
      'Points of repeated results that are a storm: a result seen before counts 1 when its call failed or was made up to three calls before, else repeated_weight',
    ),
  repeated_weight: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('Points of a known result of a call that succeeded with other arguments or was made long before'),
  failures: whole(7, 2, 'Failed calls among calls_max that are a storm, whatever the errors and the tools'),
  tool_failures: whole(
    10,
    2,
    'Failures of one tool in a row within window_ms that are a storm, whatever other tools do',
  ),
  poll_gap_ms: whole(
    10_000,
    0,
    'Rest of a session after which a successful call may be made again: whoever waits is polling, ms',
  ),
  throttle_wait_ms: whole(
    5000,
    0,
    'Wait after which a throttled call may be made again; a longer wait than before does too, ms',
  ),
  denied_uses: whole(5, 2, 'Refused uses of one credential on one target within denied_window_ms that are a storm'),
  denied_window_ms: whole(60_000, 1000, 'Time within which refusals of audit sources add up, ms'),
  suppress_ms: whole(600_000, 1000, 'Time in which one session, or one credential and target, gives one alert, ms'),
  revoked_ms: whole(
    3_600_000,
    0,
    'How long after Tripline revoked a credential of an agent its refusals (401) that name none are taken for the echo, ms',
  ),
  keys_max: whole(100_000, 1, 'Sessions, tools of sessions, and credentials remembered at one time'),
});
export type RetryStormConfig = z.output<typeof RetryStormConfig>;
