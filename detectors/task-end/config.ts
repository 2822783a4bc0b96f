import * as z from 'zod';

export const config = z.strictObject({
  grace_ms: z
    .int()
    .min(1)
    .max(86_400_000)
    .default(60_000)
    .describe('How long after the end of a task what was issued for it may still be given back by itself'),
  credentials_max: z
    .int()
    .min(1)
    .max(256)
    .default(32)
    .describe('Credentials remembered of one task; the oldest go first'),
});
