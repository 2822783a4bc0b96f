import * as z from 'zod';
import { SecretRef } from '../../secret.ts';

const MIB = 1024 * 1024;
const ms = (standard: number) => z.int().min(1).default(standard);
const path = () => z.string().min(1).optional();

/** Where the brokers are, who we are to them, and the limits of what is asked of them. */
export const KafkaConfig = z
  .strictObject({
    brokers: z
      .array(z.string().regex(/^[^\s:/]+:\d{1,5}$|^\[[0-9a-fA-F:.]+\]:\d{1,5}$/))
      .min(1)
      .describe('Brokers to begin with, host:port; the others are learned from them'),
    client_id: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,100}$/)
      .default('tripline')
      .describe('Name in the logs, quotas and metrics of the brokers'),
    topic_prefix: z
      .string()
      .regex(/^[A-Za-z0-9._-]{0,100}$/)
      .default('tripline.')
      .describe(
        'Before the names of topics, consumer groups and transactional ids; the rights of our user may be given by it',
      ),
    replication: z.int().min(1).max(32).default(3).describe('Copies of each partition, when topics are created'),
    min_insync: z
      .int()
      .min(1)
      .max(32)
      .default(2)
      .describe('Copies that must have a write before it is acknowledged; checked at start'),
    message_bytes_max: z
      .int()
      .min(64 * 1024)
      .default(8 * MIB)
      .describe('Largest message, bytes: max.message.bytes of our topics; a larger frame or state entry is refused'),
    state_partitions: z
      .int()
      .min(1)
      .max(256)
      .default(8)
      .describe('Partitions of the state topic; fixed when it is created'),
    state_cache_ms: ms(30_000).describe('How long what was read of the state topic is kept for the next reader'),
    clock_ms: ms(1000).describe(
      'A partition that has been quiet for so long is given an empty record, whose time tells its readers how late it is',
    ),
    poll_ms: ms(500).describe('How long one request waits at the brokers for new records'),
    session_ms: ms(30_000).describe('A process that is silent for so long loses its partitions to the others'),
    transaction_ms: ms(30_000).describe('Longest a transaction may take before the brokers give it up'),
    request_ms: ms(15_000).describe('Longest a request may take'),
    connect_ms: ms(3000).describe('Longest a connection may take'),
    spool_after_ms: ms(2000).describe(
      'Events that the brokers have not taken after so long are kept on the local disk',
    ),
    spool_bytes_max: z
      .int()
      .min(16 * MIB)
      .default(1024 * MIB)
      .describe('Bytes kept there while the brokers are away; beyond it, events are refused (503)'),
    tls: z
      .strictObject({
        ca_file: path().describe('Certificates that sign those of the brokers (PEM); without it those of the system'),
        cert_file: path().describe('Our certificate (PEM), where brokers ask for one'),
        key_file: path().describe('Its private key (PEM)'),
      })
      .optional()
      .describe('Encrypted connections; an empty section is enough: {}'),
    sasl: z
      .strictObject({
        mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).describe('How we prove who we are'),
        username: SecretRef.describe('Where the user name is kept'),
        password: SecretRef.describe('Where the password is kept'),
      })
      .optional()
      .describe('Authentication'),
  })
  .superRefine(({ min_insync, replication, tls }, context) => {
    if (min_insync > replication)
      context.addIssue({ code: 'custom', message: `min_insync (${min_insync}) is above replication (${replication})` });
    if ((tls?.cert_file === undefined) !== (tls?.key_file === undefined))
      context.addIssue({ code: 'custom', message: 'tls.cert_file and tls.key_file go together' });
  });

export type KafkaConfig = z.output<typeof KafkaConfig>;
