import * as z from 'zod';
import { originOf, ReceiverUrl } from '../request.ts';
import { SecretRef } from '../secret.ts';

const headers = z
  .record(z.string(), SecretRef)
  .default({})
  .describe('Headers that show who asks, from environment variables or files');

const Token = z.strictObject({
  source_url: ReceiverUrl.describe('Where the token of a credential is asked for by its handles (POST, JSON)'),
  source_headers: headers,
  handles: z
    .array(z.string().min(1).max(128))
    .max(16)
    .default(['jti', 'sid', 'token_id'])
    .describe('Handles of which the source needs one; none: the fingerprint is enough'),
  introspection_timeout_ms: z
    .int()
    .min(1)
    .max(60_000)
    .default(2000)
    .describe('The issuer is asked whether the token is active for this long; the revocation does not depend on it'),
});

const filled = (url: string, client_id: string) => url.replaceAll('{client_id}', client_id);

const Client = z.strictObject({
  url: z
    .string()
    .max(2048)
    .refine((url) => ReceiverUrl.safeParse(filled(url, 'x')).success, {
      error: 'expected an http or https address without user name and password',
      abort: true,
    })
    .refine((url) => url.includes('{client_id}') && originOf(filled(url, 'x')) === originOf(filled(url, 'y')), {
      error: 'expected {client_id} in its path or query',
    })
    .describe('Where the registration of a client is: {client_id} stands for its handle'),
  method: z
    .enum(['DELETE', 'PUT', 'PATCH', 'POST'])
    .default('DELETE')
    .describe('DELETE takes it away; others disable it'),
  body: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('JSON that disables the client, where method is not DELETE'),
  token: SecretRef.optional().describe('Bearer token of an administrator, for every client'),
  tokens: z
    .record(z.string(), SecretRef)
    .default({})
    .describe('Registration access tokens by client id (RFC 7592); a client without one is not touched'),
});

export const OAuthConfig = z
  .strictObject({
    type: z.literal('oauth'),
    issuer: ReceiverUrl.optional().describe(
      'Issuer: its metadata (RFC 8414) names its endpoints; orders of others are refused',
    ),
    revocation_url: ReceiverUrl.optional().describe(
      'Revocation endpoint (RFC 7009), instead of what the metadata says',
    ),
    introspection_url: ReceiverUrl.optional().describe(
      'Introspection endpoint (RFC 7662), instead of what the metadata says; without one there is no evidence',
    ),
    client_id: z.string().min(1).max(1024).optional().describe('Client that Tripline is at the issuer'),
    client_secret: SecretRef.optional().describe('Its secret'),
    client_auth: z
      .enum(['client_secret_basic', 'client_secret_post'])
      .default('client_secret_basic')
      .describe('How the client shows its secret'),
    token: Token.optional().describe('Revokes one token (RFC 7009): the narrow way'),
    client: Client.optional().describe(
      'Deletes or disables the client: it gets no new token, and those it has may live on',
    ),
    allow_private: z.boolean().default(false).describe('Whether the receiver may have a private or loopback address'),
  })
  .superRefine((config, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if ((config.token === undefined) === (config.client === undefined))
      refuse([], 'expected either token or client; two receivers do both, the narrow one first');
    if (config.token !== undefined) {
      if (config.client_id === undefined) refuse(['client_id'], 'expected, because token is set');
      if (config.client_secret === undefined) refuse(['client_secret'], 'expected, because token is set');
      if (config.issuer === undefined && config.revocation_url === undefined)
        refuse(['revocation_url'], 'expected, because issuer is not set');
    }
    if (config.client?.method === 'DELETE' && config.client.body !== undefined)
      refuse(['client', 'body'], 'expected nothing, because client.method is DELETE');
    if (
      config.client !== undefined &&
      config.client.token === undefined &&
      Object.keys(config.client.tokens).length === 0
    )
      refuse(['client', 'tokens'], 'expected a token for at least one client, because client.token is not set');
  });

export type OAuthConfig = z.output<typeof OAuthConfig>;
export type TokenWay = NonNullable<OAuthConfig['token']>;
export type ClientWay = NonNullable<OAuthConfig['client']>;
