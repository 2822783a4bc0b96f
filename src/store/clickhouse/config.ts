import * as z from 'zod';
import { SecretRef } from '../../secret.ts';

const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, { error: 'expected letters, digits and _' });
const ms = (fallback: number) => z.int().min(1).max(3_600_000).default(fallback);

/** A ClickHouse server or cluster. */
export const ClickHouseConfig = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .refine((url) => URL.canParse(url) && new URL(url).username === '' && new URL(url).password === '', {
      error: 'expected an address without user name and password; name the password by environment variable or file',
    })
    .describe('Address of its HTTP interface, for example https://clickhouse.example:8443'),
  database: name.default('tripline').describe('Database; it must be there'),
  user: z.string().min(1).max(128).default('default').describe('User; it needs SELECT, INSERT, CREATE and ALTER there'),
  password: SecretRef.optional().describe('Its password'),
  ca_file: z.string().min(1).optional().describe('Certificates that sign that of the server (PEM)'),
  request_ms: ms(60_000).describe('Longest a request may take'),
  connections_max: z.int().min(1).max(1000).default(10).describe('Connections that are open at once'),
  compress: z.boolean().default(true).describe('Whether answers come compressed'),
  cluster: name
    .optional()
    .describe('Name of the cluster: tables are replicated (ReplicatedMergeTree) and made on every server of it'),
  sharded: z
    .boolean()
    .default(false)
    .describe(
      'Whether rows are spread over the shards of the cluster: by agent, credential or target, whole alerts and orders',
    ),
});
export type ClickHouseConfig = z.output<typeof ClickHouseConfig>;
