import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import Provider, { type Context } from 'oidc-provider';
import { listen } from './listen.ts';
import { createMemoryAdapter } from './memory-adapter.ts';
import type { SandboxClient } from './types.ts';

export const TOKEN_TTL_S = 900;
/** Client of the gateway in front of the resource API: the only one that may introspect. */
export const GATEWAY_CLIENT = 'sample-gateway';

export interface Issued {
  token: string;
  client_id: string;
  token_id: string;
}

export interface Issuer {
  url: string;
  /** Client secrets by client id, made at this start. */
  secrets: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/**
 * A real OAuth server on a port of its own: client credentials, opaque access tokens, RFC 7009 revocation, RFC 7662 introspection.
 * Every token has a `token_id` that is no secret: issuance and introspection tell it, and it cannot be used as a token.
 */
export async function startIssuer(
  clients: readonly SandboxClient[],
  onIssued: (issued: Issued) => void,
): Promise<Issuer> {
  const server = createServer();
  const { url, close } = await listen(server);
  const secrets = new Map(clients.map(({ client_id }) => [client_id, randomBytes(24).toString('base64url')]));
  const provider = new Provider(url, configuration(clients, secrets));
  provider.use(async (ctx, next) => {
    await next();
    tellTokenId(ctx, onIssued);
  });
  provider.on('server_error', (_ctx, error) => process.stderr.write(`sandbox issuer: ${String(error)}\n`));
  server.on('request', provider.callback());
  return { url, secrets, close };
}

/** RFC 6749 section 5.1 lets a token response carry further members. */
function tellTokenId(ctx: Context, onIssued: (issued: Issued) => void): void {
  const token = ctx.oidc?.entities.ClientCredentials;
  const body = ctx.body as { access_token?: string } | undefined;
  if (ctx.oidc?.route !== 'token' || token === undefined || body?.access_token === undefined) return;
  const token_id = String(token.extra?.token_id);
  ctx.body = { ...body, token_id };
  onIssued({ token: body.access_token, client_id: token.clientId, token_id });
}

function configuration(clients: readonly SandboxClient[], secrets: ReadonlyMap<string, string>): object {
  const scopes = [...new Set(clients.flatMap(({ scope }) => scope.split(' ')))].filter((scope) => scope !== '');
  return {
    adapter: createMemoryAdapter(),
    clients: clients.map(({ client_id, scope }) => ({
      client_id,
      client_secret: secrets.get(client_id),
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      ...(scope === '' ? {} : { scope }),
    })),
    scopes,
    ttl: { ClientCredentials: TOKEN_TTL_S },
    // In an opaque token the jti is the token itself, so that the handle has to be another one.
    extraTokenClaims: () => ({ token_id: `tok_${randomUUID()}` }),
    features: {
      clientCredentials: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx: unknown, caller: { clientId: string }) => caller.clientId === GATEWAY_CLIENT,
      },
      revocation: { enabled: true },
      devInteractions: { enabled: false },
    },
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomBytes(24).toString('base64url')] },
  };
}

function signingKey(): object {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'sandbox' };
}
