import * as z from 'zod';

const ms = (value: number, what: string) =>
  z
    .int()
    .min(1)
    .max(90 * 86_400_000)
    .default(value)
    .describe(what);
const count = (value: number, what: string) => z.int().min(1).max(10_000).default(value).describe(what);

export const config = z.strictObject({
  learning_ms_min: ms(86_400_000, 'Age of the past of an agent; before that it only learns'),
  learning_events_min: count(50, 'Events of that past; before that it only learns'),
  learning_sessions_min: count(3, 'Sessions of that past, where the agent names sessions; before that it only learns'),
  known_max: count(256, 'Tools, and targets, that are remembered of an agent; beyond it the oldest is forgotten'),
  revoked_ms: ms(
    3_600_000,
    'Refusals (401) of an agent that name no credential are let be this long after Tripline revoked one of its',
  ),
  quiet_ms: ms(
    3_600_000,
    'One story gives one alert: new things of harmless classes are told once an agent in this time, others once each',
  ),
});
