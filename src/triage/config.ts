import * as z from 'zod';

/** Triage: what people may do at once. */
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
      .describe('Alerts whose last act is remembered, so that of two acts at once one is refused'),
    unstored_acts_max: z
      .int()
      .min(1)
      .default(1000)
      .describe(
        'Acts that a question to the store may carry since it does not have them; above it an act waits for it',
      ),
  })
  .prefault({});

export type TriageConfig = z.output<typeof TriageConfig>;
