import { randomUUID } from 'node:crypto';
import type { Order } from '../../../order/order.ts';
import { orderOf } from '../testing.ts';

/** A realm of a Keycloak, and what its tests do in it. */
export interface Realm {
  url: string;
  realm: string;
  /** The client that Tripline is. */
  client_id: string;
  client_secret: string;
  /** Makes a client with a service account, and returns its secret. */
  client(client_id: string): Promise<string>;
  /** A token of a client; an OAuth error code where it gets none. */
  grant(client_id: string, client_secret: string): Promise<{ token?: string; error?: string }>;
  /** A session of a person, and its id. */
  login(): Promise<{ sid: string; refresh_token: string }>;
  /** Whether the session still gives tokens. */
  lives(refresh_token: string): Promise<boolean>;
  isEnabled(client_id: string): Promise<boolean>;
  remove(): Promise<void>;
}

const PERSON = { username: 'ann', password: 'ann-password' };

/** Makes a realm of its own in a running Keycloak. */
export async function makeRealm(url: string, admin: { username: string; password: string }): Promise<Realm> {
  const realm = `tripline-${randomUUID().slice(0, 8)}`;
  const post = async (path: string, form: Record<string, string>) => {
    const response = await fetch(`${url}${path}`, { method: 'POST', body: new URLSearchParams(form) });
    return (await response.json()) as Record<string, unknown>;
  };
  const tokenOf = async () => {
    const path = '/realms/master/protocol/openid-connect/token';
    return (await post(path, { grant_type: 'password', client_id: 'admin-cli', ...admin })).access_token as string;
  };
  const api = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${url}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${await tokenOf()}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    const text = await response.text();
    return text === '' ? undefined : JSON.parse(text);
  };
  const find = async (client_id: string) =>
    ((await api('GET', `/${realm}/clients?clientId=${client_id}`)) as { id: string; enabled: boolean }[])[0];
  const protocol = `/realms/${realm}/protocol/openid-connect/token`;
  const secretOf = (client_id: string) => `${client_id}-secret`;
  const make = async (client_id: string, more: object = {}) => {
    await api('POST', `/${realm}/clients`, {
      clientId: client_id,
      secret: secretOf(client_id),
      serviceAccountsEnabled: true,
      ...more,
    });
    return secretOf(client_id);
  };

  await api('POST', '', { realm, enabled: true });
  const client_secret = await make('tripline');
  await make('app', { directAccessGrantsEnabled: true });
  await allow(api, realm, (await find('tripline'))!.id);
  await api('POST', `/${realm}/users`, {
    username: PERSON.username,
    email: 'ann@example.org',
    firstName: 'Ann',
    lastName: 'Example',
    emailVerified: true,
    enabled: true,
    credentials: [{ type: 'password', value: PERSON.password, temporary: false }],
  });
  return {
    url,
    realm,
    client_id: 'tripline',
    client_secret,
    client: (client_id) => make(client_id),
    async grant(client_id, secret) {
      const said = await post(protocol, { grant_type: 'client_credentials', client_id, client_secret: secret });
      return said.access_token === undefined ? { error: String(said.error) } : { token: String(said.access_token) };
    },
    async login() {
      const own = { client_id: 'app', client_secret: secretOf('app') };
      const said = await post(protocol, { grant_type: 'password', ...own, ...PERSON });
      const [, payload = ''] = String(said.access_token).split('.');
      const { sid } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sid: string };
      return { sid, refresh_token: String(said.refresh_token) };
    },
    async lives(refresh_token) {
      const own = { client_id: 'app', client_secret: secretOf('app') };
      return (await post(protocol, { grant_type: 'refresh_token', ...own, refresh_token })).access_token !== undefined;
    },
    isEnabled: async (client_id) => (await find(client_id))?.enabled ?? false,
    remove: async () => void (await api('DELETE', `/${realm}`)),
  };
}

/** Gives the service account of a client the roles that the revoker needs. */
async function allow(
  api: (method: string, path: string, body?: object) => Promise<unknown>,
  realm: string,
  id: string,
): Promise<void> {
  const account = (await api('GET', `/${realm}/clients/${id}/service-account-user`)) as { id: string };
  const [management] = (await api('GET', `/${realm}/clients?clientId=realm-management`)) as { id: string }[];
  const roles = (await api('GET', `/${realm}/clients/${management!.id}/roles`)) as { name: string }[];
  const wanted = ['manage-users', 'manage-clients', 'view-clients'];
  await api(
    'POST',
    `/${realm}/users/${account.id}/role-mappings/clients/${management!.id}`,
    roles.filter(({ name }) => wanted.includes(name)),
  );
}

export function orderAbout(handles: Order['credential_handles']): Order {
  return orderOf({ credential_handles: handles });
}
