import type { Order } from '../../../order/order.ts';
import { type Receiver, type RevokeResult, revoker } from '../../revoker.ts';
import { byClient } from './by-client.ts';
import { byToken } from './by-token.ts';
import { OAuthConfig } from './config.ts';

/** Revokes at an OAuth issuer: one token (RFC 7009), or the whole client (RFC 7592). */
export const oauth = revoker({
  id: 'oauth',
  meta: {
    title: 'Token or client of an OAuth issuer',
    tested: 'real',
    permissions: [
      'token: the client that the tokens were issued to, or one that may revoke them; introspection for evidence',
      'client: a registration access token per client, or the bearer token of an administrator',
    ],
    proof:
      'The later uses that it refuses; that the token was active before and inactive after is kept with the order. A deleted client proves nothing about tokens that it has',
    example: {
      type: 'oauth',
      issuer: 'https://idp.example',
      client_id: 'tripline',
      client_secret: { env: 'IDP_CLIENT_SECRET' },
      token: { source_url: 'https://vault.example/tokens', source_headers: { authorization: { env: 'VAULT_AUTH' } } },
    },
  },
  config: OAuthConfig,
  create(config, name): Receiver {
    const receiver =
      config.token !== undefined ? byToken(config, config.token, name) : byClient(config, config.client!, name);
    return {
      ...receiver,
      async revoke(order, signal) {
        return strange(order, config.issuer) ?? receiver.revoke(order, signal);
      },
    };
  },
});

/** Handles are only names: the same ones may mean something else at another issuer. */
function strange({ credential_handles: { iss = '' } }: Order, issuer: string | undefined): RevokeResult | undefined {
  if (iss === '' || issuer === undefined || iss === issuer) return undefined;
  return { status: 'failed', detail: 'The credential is of another issuer' };
}
