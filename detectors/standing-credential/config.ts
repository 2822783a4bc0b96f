import * as z from 'zod';

const HOUR_MS = 3_600_000;
const ms = (value: number, what: string) =>
  z
    .int()
    .min(1)
    .max(3650 * 24 * HOUR_MS)
    .default(value)
    .describe(what);

export const config = z.strictObject({
  lifetime_ms_max: ms(24 * HOUR_MS, 'Longest time from a use to the expiry (exp) of a token'),
  age_ms_max: ms(7 * 24 * HOUR_MS, 'Age, since it was issued or first seen, from which on a credential is standing'),
  age_ms_max_by_scheme: z
    .record(z.string().min(1).max(64), z.int().min(1))
    .default({ 'aws-akid': 90 * 24 * HOUR_MS })
    .describe('The same by scheme (the part before the colon), where it differs'),
  exempt_schemes: z
    .array(z.string().min(1).max(64))
    .max(100)
    .default(['aws-principal', 'windows-account'])
    .describe('Schemes that name an account and no credential: an account may be old'),
  tasks_max: z.int().min(1).max(255).default(10).describe('Different tasks that one credential may serve'),
  quiet_ms: ms(7 * 24 * HOUR_MS, 'One credential is told once for one reason within this time'),
});
