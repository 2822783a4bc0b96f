import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import Provider, { type Adapter } from 'oidc-provider';
import type { Listening } from '../testing.ts';
import { listen } from '../testing.ts';

/** A real issuer on 127.0.0.1, with clients that were registered at it (RFC 7591). */

export interface Client {
  client_id: string;
  client_secret: string;
  registration_client_uri: string;
  registration_access_token: string;
}

export interface Issuer extends Listening {
  /** May introspect every token; the others only their own. */
  auditor: Pick<Client, 'client_id' | 'client_secret'>;
  register(auth?: 'client_secret_basic' | 'client_secret_post'): Promise<Client>;
  /** Client credentials grant: the token, or the error of the issuer. */
  grant(client: Client): Promise<string>;
  /** What the issuer tells a client about a token. */
  isActive(client: Issuer['auditor'], token: string): Promise<boolean>;
  /** How many tokens were revoked, or clients deleted. */
  count(what: 'revocation' | 'client'): number;
  /** Listens again on its port, with what it knew. */
  reopen(): Promise<void>;
}

export async function startIssuer(adapter: new (model: string) => Adapter): Promise<Issuer> {
  let answer: RequestListener = (_, response) => response.writeHead(503).end();
  const listener: RequestListener = (request, response) => answer(request, response);
  let listening = await listen(listener);
  const { url, port } = listening;
  const auditor = { client_id: 'auditor', client_secret: randomBytes(24).toString('base64url') };
  const counts = { revocation: 0, client: 0 };
  const provider = new Provider(url, configuration(adapter, auditor));
  provider.on('client_credentials.destroyed', () => counts.revocation++);
  provider.on('registration_delete.success', () => counts.client++);
  answer = provider.callback();
  const post = (path: string, body: URLSearchParams | string, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, { method: 'POST', body, headers: { connection: 'close', ...headers } });
  return {
    url,
    port,
    auditor,
    count: (what) => counts[what],
    connections: () => listening.connections(),
    close: () => listening.close(),
    async reopen() {
      listening = await listen(listener, port);
    },
    async register(token_endpoint_auth_method = 'client_secret_basic') {
      const body = JSON.stringify({ ...MACHINE, token_endpoint_auth_method });
      const registered = await post('/reg', body, { 'content-type': 'application/json' });
      return (await registered.json()) as Client;
    },
    async grant(client) {
      const answered = await post('/token', new URLSearchParams({ grant_type: 'client_credentials' }), basic(client));
      const { access_token, error } = (await answered.json()) as { access_token?: string; error?: string };
      return access_token ?? `refused: ${error}`;
    },
    async isActive(client, token) {
      const answered = await post('/token/introspection', new URLSearchParams({ token }), basic(client));
      return ((await answered.json()) as { active: boolean }).active;
    },
  };
}

function basic({ client_id, client_secret }: Issuer['auditor']): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}` };
}

const MACHINE = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] };
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const KEY = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' };

function configuration(adapter: new (model: string) => Adapter, auditor: Issuer['auditor']): object {
  return {
    adapter,
    clients: [{ ...MACHINE, ...auditor }],
    jwks: { keys: [KEY] },
    features: {
      clientCredentials: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (_: unknown, caller: { clientId: string }, token: { clientId: string }) =>
          [token.clientId, auditor.client_id].includes(caller.clientId),
      },
      revocation: { enabled: true },
      registration: { enabled: true },
      registrationManagement: { enabled: true, rotateRegistrationAccessToken: false },
      devInteractions: { enabled: false },
    },
    ttl: { ClientCredentials: 900 },
    cookies: { keys: [randomBytes(24).toString('base64url')] },
  };
}
