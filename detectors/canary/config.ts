import * as z from 'zod';

const patterns = (what: string) => z.array(z.string().min(1).max(1024)).max(1000).default([]).describe(what);

export const config = z.strictObject({
  credentials: patterns('Fingerprints (scheme:value) of planted credentials, as `tripline fingerprint` prints them'),
  tools: patterns('Names of planted tools; * stands for any text'),
  targets: patterns('Planted targets; * stands for any text'),
  exempt_agents: patterns('Agents that may touch them, for example a scanner; * stands for any text'),
  quiet_ms: z
    .int()
    .min(1)
    .max(86_400_000)
    .default(3_600_000)
    .describe('Further touches of one thing by one agent are counted and not told within this time'),
});
