import * as z from 'zod';

const ms = (value: number, what: string) =>
  z
    .int()
    .min(1)
    .max(90 * 86_400_000)
    .default(value)
    .describe(what);

export const config = z.strictObject({
  remember_ms: ms(7 * 86_400_000, 'A use by somebody else this long after a secret was shown is held against that'),
  holders_max: z
    .int()
    .min(1)
    .max(256)
    .default(32)
    .describe('Agents remembered of one credential: those who used it before it was shown, and those who showed it'),
  quiet_ms: ms(86_400_000, 'One secret is told once in this time, and each stranger who uses it'),
});
