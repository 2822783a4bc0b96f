import * as z from 'zod';

const DAY_MS = 86_400_000;

/** Triage: what people may do at once, and for how long they may hide something. */
export const TriageConfig = z
  .strictObject({
    alerts_max: z
      .int()
      .min(1)
      .max(100_000)
      .default(10_000)
      .describe('Alerts that one act may be about; one about more is refused, never cut'),
    objects_kept_max: z
      .int()
      .min(1000)
      .default(100_000)
      .describe('Alerts, silences and views whose last act is remembered, so that of two acts at once one is refused'),
    unstored_acts_max: z
      .int()
      .min(1)
      .default(1000)
      .describe(
        'Acts that a question to the store may carry since it does not have them; above it an act waits for it',
      ),
    silences_max: z.int().min(1).max(1000).default(200).describe('Silences in force at once'),
    silence_ms_max: z
      .int()
      .min(1000)
      .default(30 * DAY_MS)
      .describe('Longest time that a silence may hide alerts'),
    views_max: z.int().min(1).max(10_000).default(500).describe('Saved views'),
    sweep_ms: z.int().min(10).default(1000).describe('How often silences that are over are looked for'),
  })
  .prefault({});

export type TriageConfig = z.output<typeof TriageConfig>;
