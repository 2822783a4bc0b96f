import { type LocalReceiver, type Received, receive } from '../testing.ts';

export interface Recorded extends LocalReceiver {
  clients: Map<string, { id: string; clientId: string; enabled: boolean }>;
  sessions: Set<string>;
  /** Requests that changed something. */
  changes: string[];
  /** Answered instead of what the path would give, where it returns one. */
  instead?: (request: Received) => { status: number; headers?: Record<string, string>; body?: string } | undefined;
  /** Tokens that were granted. */
  granted: number;
  open: boolean;
}

export const SECRET = 'tripline-secret-of-the-recorded-keycloak';

/** Answers as Keycloak 26.4.0 was seen to: token endpoint, clients by clientId, one client, one session. */
export async function recordedKeycloak(): Promise<Recorded> {
  const server: Recorded = Object.assign(
    await receive((request, response) => {
      if (!server.open) return response.socket?.destroy();
      const instead = server.instead?.(request);
      if (instead !== undefined) return response.writeHead(instead.status, instead.headers).end(instead.body ?? '');
      const { status, body } = answer(server, request);
      const headers = { 'content-type': 'application/json' };
      return response.writeHead(status, headers).end(body === undefined ? '' : JSON.stringify(body));
    }),
    {
      clients: new Map([['agent-1', { id: 'c1', clientId: 'agent-1', enabled: true }]]),
      sessions: new Set(['s1']),
      changes: [] as string[],
      granted: 0,
      open: true,
    },
  );
  return server;
}

function answer(server: Recorded, { method, path, headers, body }: Received): { status: number; body?: unknown } {
  const url = new URL(path, server.url);
  if (url.pathname === '/realms/agents/protocol/openid-connect/token') {
    if (new URLSearchParams(body).get('client_secret') !== SECRET)
      return {
        status: 401,
        body: { error: 'invalid_client', error_description: 'Invalid client or Invalid client credentials' },
      };
    server.granted += 1;
    return { status: 200, body: { access_token: `granted-${server.granted}`, expires_in: 60, token_type: 'Bearer' } };
  }
  if (headers.authorization !== `Bearer granted-${server.granted}`)
    return { status: 401, body: { error: 'HTTP 401 Unauthorized' } };
  const rest = url.pathname.replace('/admin/realms/agents', '');
  if (method === 'GET' && rest === '/clients') {
    const client = server.clients.get(url.searchParams.get('clientId') ?? '');
    return { status: 200, body: client === undefined ? [] : [client] };
  }
  const client = [...server.clients.values()].find(({ id }) => rest === `/clients/${id}`);
  if (method === 'PUT' && client !== undefined) {
    client.enabled = (JSON.parse(body) as { enabled: boolean }).enabled;
    server.changes.push(`${client.clientId} ${client.enabled}`);
    return { status: 204 };
  }
  if (method === 'PUT') return { status: 404, body: { error: 'Could not find client' } };
  if (!server.sessions.delete(rest.replace('/sessions/', '')))
    return { status: 404, body: { error: 'Sesssion not found' } };
  server.changes.push(rest);
  return { status: 204 };
}
