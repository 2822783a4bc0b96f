import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { patient } from '../testing.ts';
import { keycloak } from './index.ts';
import { type Recorded, recordedKeycloak, SECRET } from './recorded.ts';
import { orderAbout } from './testing.ts';

let server: Recorded;
beforeEach(async () => {
  process.env.KEYCLOAK_TEST = SECRET;
  server = await recordedKeycloak();
});
afterEach(() => server.close());

const open = (way: 'client' | 'session') =>
  keycloak.create(
    keycloak.config.parse({
      type: 'keycloak',
      url: `${server.url}/`,
      realm: 'agents',
      way,
      client_id: 'tripline',
      client_secret: { env: 'KEYCLOAK_TEST' },
      allow_private: true,
    }),
    'sso',
  );
const revoke = (way: 'client' | 'session', handles: Record<string, string>) =>
  open(way).revoke(orderAbout(handles), patient());

describe('keycloak', () => {
  it('touches nothing for a token of another issuer, and knows its own', async () => {
    expect(await revoke('client', { client_id: 'agent-1', iss: 'https://evil.example/realms/agents' })).toEqual({
      status: 'failed',
      detail: 'The credential is of another issuer',
    });
    expect(server.received).toEqual([]);
    const iss = `${server.url}/realms/agents`;
    expect(await revoke('client', { client_id: 'agent-1', iss })).toMatchObject({ status: 'accepted' });
  });

  it('enables a client again, once, and cannot where it is gone', async () => {
    const receiver = open('client');
    const order = orderAbout({ client_id: 'agent-1' });
    await receiver.revoke(order, patient());
    for (const _ of [1, 2]) expect(await receiver.undo!(order, patient())).toMatchObject({ status: 'accepted' });
    expect(server.changes).toEqual(['agent-1 false', 'agent-1 true']);
    server.clients.clear();
    expect(await receiver.undo!(order, patient())).toMatchObject({ status: 'failed' });
    expect(await receiver.revoke(order, patient())).toMatchObject({ status: 'accepted' });
  });

  it('takes only the very client that is named: a search may find others', async () => {
    server.instead = ({ path }) =>
      path.includes('/clients?')
        ? { status: 200, body: JSON.stringify([{ id: 'c2', clientId: 'agent-10', enabled: true }]) }
        : undefined;
    expect(await revoke('client', { client_id: 'agent-1' })).toMatchObject({ detail: 'There is no such client' });
    expect(server.changes).toEqual([]);
  });

  it.each(['../users', '.', '..', '', 'a b', 'a\nb'])('lets no session id %j lead elsewhere', async (sid) => {
    const result = await revoke('session', { sid });
    expect([result.status, server.received.every(({ path }) => !path.includes('/users'))]).toEqual([
      /^[\x21-\x7e]+$/.test(sid) && !['.', '..'].includes(sid) ? 'accepted' : 'failed',
      true,
    ]);
  });

  it('asks for one token for many orders, and for another when that is refused', async () => {
    const receiver = open('client');
    const order = orderAbout({ client_id: 'agent-1' });
    await receiver.revoke(order, patient());
    await receiver.undo!(order, patient());
    expect(server.granted).toBe(1);
    // Keycloak was restarted, say: what it granted before means nothing.
    server.granted = 7;
    expect(await receiver.revoke(order, patient())).toMatchObject({ status: 'accepted' });
    expect(server.granted).toBe(8);
  });

  it.each([
    [403, {}, { status: 'failed', http_status: 403 }],
    [429, { 'retry-after': '7' }, { status: 'retry', retry_after_ms: 7000 }],
    [503, {}, { status: 'retry', http_status: 503 }],
    [302, { location: 'http://127.0.0.1:1/' }, { status: 'failed', http_status: 302 }],
  ])('takes a %i of the admin API for what it is', async (status, headers, result) => {
    server.instead = ({ path }) => (path.startsWith('/admin') ? { status, headers } : undefined);
    expect(await revoke('client', { client_id: 'agent-1' })).toMatchObject(result);
    expect(await revoke('session', { sid: 's1' })).toMatchObject(result);
  });

  it.each(['not json', '{"a":1}', '[{"id":7}]', `[${'1,'.repeat(200_000)}1]`])(
    'does nothing when the list of clients is %.20s',
    async (body) => {
      server.instead = ({ path }) => (path.includes('/clients?') ? { status: 200, body } : undefined);
      expect(await revoke('client', { client_id: 'agent-1' })).toMatchObject({ status: 'failed' });
      expect(server.changes).toEqual([]);
    },
  );

  it('does not say yes when the client did not change', async () => {
    server.instead = ({ method }) => (method === 'PUT' ? { status: 204 } : undefined);
    expect(await revoke('client', { client_id: 'agent-1' })).toMatchObject({ status: 'retry' });
  });
});
