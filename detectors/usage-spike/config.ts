import * as z from 'zod';

const count = (value: number, min: number, max: number, what: string) =>
  z.int().min(min).max(max).default(value).describe(what);
const factor = (value: number, what: string) => z.number().min(1).max(1000).default(value).describe(what);
const tokens = (value: number, what: string) => count(value, 0, Number.MAX_SAFE_INTEGER, what);
const usd = (value: number, what: string) => z.number().min(0).max(1e9).default(value).describe(what);

export const config = z.strictObject({
  window_ms: count(3_600_000, 1000, 86_400_000, 'Length of a window of an agent, and of the time that a budget is for'),
  past_max: count(48, 3, 500, 'Past windows of an agent, and past sessions, that are remembered; idle ones are none'),
  past_min: count(
    12,
    3,
    500,
    'Past windows, or sessions, that it takes to know what is usual; before that only budgets count',
  ),
  median_factor: factor(5, 'Times the median of the past that is a spike'),
  peak_factor: factor(2, 'Times the highest of the past that a spike must also exceed: a daily job is no spike'),
  spike_tokens_min: tokens(200_000, 'Tokens of a window or session below which nothing is a spike of tokens'),
  spike_cost_usd_min: usd(1, 'Cost of a window or session below which nothing is a spike of cost'),
  agent_tokens_max: tokens(500_000_000, 'Budget of tokens of an agent per window; 0 for none'),
  agent_cost_usd_max: usd(100, 'Budget of an agent per window, US dollars; 0 for none'),
  session_tokens_max: tokens(200_000_000, 'Budget of tokens of a session per window; 0 for none'),
  session_cost_usd_max: usd(50, 'Budget of a session per window, US dollars; 0 for none'),
  quiet_ms: count(
    3_600_000,
    1,
    30 * 86_400_000,
    'One story gives one alert: a further spike of an agent, or of a budget, is only counted within this time',
  ),
  keys_max: count(20_000, 1, 10_000_000, 'Agents that are remembered at one time, and sessions for their budget'),
});
