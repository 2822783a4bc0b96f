import * as z from 'zod';
import { ReceiverUrl } from '../request.ts';
import { SecretRef } from '../secret.ts';

export const AwsConfig = z
  .strictObject({
    type: z.literal('aws'),
    way: z
      .enum(['access_key', 'role_sessions'])
      .describe(
        'access_key: makes one long-lived key inactive; role_sessions: denies everything to the sessions of a role that began before the order, which is wider than one credential',
      ),
    region: z
      .string()
      .regex(/^[a-z0-9-]{1,32}$/)
      .default('us-east-1')
      .describe('Region that IAM is asked in'),
    endpoint: ReceiverUrl.optional().describe("Address of the API, instead of the region's own"),
    access_key_id: SecretRef.optional().describe('Access key of Tripline; with secret_access_key'),
    secret_access_key: SecretRef.optional().describe('Its secret'),
    session_token: SecretRef.optional().describe('Its session token, where it is a temporary one'),
    default_chain: z
      .boolean()
      .default(false)
      .describe('Whether Tripline is known by what the SDK finds: environment, profile, instance or pod role'),
    allow_private: z.boolean().default(false).describe('Whether the API may have a private or loopback address'),
  })
  .superRefine((config, context) => {
    const named = config.access_key_id !== undefined && config.secret_access_key !== undefined;
    if (named === config.default_chain)
      context.addIssue({
        code: 'custom',
        path: [],
        message: 'expected either access_key_id and secret_access_key, or default_chain: true',
      });
  });
export type AwsConfig = z.output<typeof AwsConfig>;
