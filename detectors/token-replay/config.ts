import * as z from 'zod';

const ms = (value: number, what: string, least = 0) => z.int().min(least).max(86_400_000).default(value).describe(what);

export const config = z.strictObject({
  window_ms: ms(3_600_000, 'Two contexts seen within this time of each other are compared', 1),
  alternations_min: z
    .int()
    .min(2)
    .max(100)
    .default(3)
    .describe('Changes to and fro between two contexts of one client that fire; a move is one change'),
  shared_schemes: z
    .array(z.string().min(1))
    .default(['aws-akid', 'aws-principal', 'windows-account', 'x509-sha256'])
    .describe(
      'Schemes of long-lived credentials that several programs may rightly share; two contexts of these never fire',
    ),
  task_grace_ms: ms(30_000, 'Uses this long after the task of a credential ended are let be'),
  rotation_grace_ms: ms(
    60_000,
    'Uses of a rotated credential from a context it was used from before are let be this long',
  ),
  revocation_grace_ms: ms(5_000, 'Uses this long after a revocation are let be: they were under way'),
  quiet_ms: ms(3_600_000, 'One story gives one alert: repeats within this time are only counted', 1),
});
