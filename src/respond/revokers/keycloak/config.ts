import * as z from 'zod';
import { ReceiverUrl } from '../request.ts';
import { SecretRef } from '../secret.ts';

const realm = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[\w.-]+$/, 'expected letters, digits, dot, dash and underscore');

export const KeycloakConfig = z.strictObject({
  type: z.literal('keycloak'),
  url: ReceiverUrl.describe('Address of the server, without /realms'),
  realm: realm.describe('Realm of the credentials; orders about tokens of another issuer are refused'),
  way: z
    .enum(['session', 'client'])
    .describe('session: logs the session of the token out; client: disables the client until it is undone'),
  client_id: z.string().min(1).max(255).describe('Client that Tripline is, with a service account'),
  client_secret: SecretRef.describe('Its secret'),
  client_realm: realm.optional().describe('Realm of that client, where it is another one'),
  allow_private: z.boolean().default(false).describe('Whether the server may have a private or loopback address'),
});
export type KeycloakConfig = z.output<typeof KeycloakConfig>;
