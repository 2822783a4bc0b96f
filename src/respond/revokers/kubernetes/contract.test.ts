import { describe, expect, it } from 'vitest';
import { testRevoker } from '../contract.ts';
import { orderOf, patient, recorded } from '../testing.ts';
import { kubernetes } from './index.ts';

const TOKEN = 'token-of-the-service-account';
const UID = '0b4f3c7e-1111-4222-8333-944445555666';
const PATH = '/api/v1/namespaces/agents/pods/agent-7f';

/** As the API reference of Kubernetes says: DELETE with preconditions, 404 for no pod, 409 where the uid is another. */
async function prepared() {
  process.env.CONTRACT_KUBERNETES = TOKEN;
  process.env.CONTRACT_WRONG = 'wrong-token';
  const state = { uid: UID as string | undefined };
  const server = await recorded(({ method, path, headers, body }, { changes }) => {
    if (headers.authorization !== `Bearer ${TOKEN}`) return { status: 401, body: { kind: 'Status', code: 401 } };
    if (path.startsWith('/apis/authorization')) return { status: 201, body: { status: { allowed: true } } };
    if (path !== PATH || state.uid === undefined) return { status: 404, body: { kind: 'Status', code: 404 } };
    if (method === 'GET') return { status: 200, body: { kind: 'Pod', metadata: { uid: state.uid } } };
    const { preconditions } = JSON.parse(body) as { preconditions: { uid: string } };
    if (preconditions.uid !== state.uid) return { status: 409, body: { kind: 'Status', code: 409 } };
    state.uid = undefined;
    changes.push(preconditions.uid);
    return { status: 200, body: { kind: 'Pod', metadata: { uid: UID } } };
  });
  const open = (env: string) =>
    kubernetes.create(
      kubernetes.config.parse({ type: 'kubernetes', url: server.url, token: { env }, allow_private: true }),
      'contract',
    );
  const handles = { namespace: 'agents', pod: 'agent-7f', pod_uid: UID };
  return { server, state, open, handles, order: orderOf({ credential_handles: handles }) };
}

testRevoker(kubernetes, async () => {
  const { server, state, open, order } = await prepared();
  return {
    receiver: open('CONTRACT_KUBERNETES'),
    stranger: open('CONTRACT_WRONG'),
    order,
    isGone: async () => state.uid === undefined,
    acted: () => server.changes.length,
    down: async () => {
      server.open = false;
    },
    up: async () => {
      server.open = true;
    },
    secrets: [TOKEN, 'wrong-token'],
    close: server.close,
  };
});

describe('kubernetes', () => {
  it('proves that the pod is gone', async () => {
    const { server, open, order } = await prepared();
    expect(await open('CONTRACT_KUBERNETES').revoke(order, patient())).toMatchObject({
      status: 'accepted',
      proof: JSON.stringify({ pod: 'agent-7f', uid: UID, gone: true }),
    });
    await server.close();
  });

  it('leaves another pod alone that has the name by now, also when it comes between looking and deleting', async () => {
    const { server, state, open, order } = await prepared();
    state.uid = 'ffffffff-0000-4000-8000-000000000000';
    expect(await open('CONTRACT_KUBERNETES').revoke(order, patient())).toMatchObject({
      detail: 'The pod was replaced already',
    });
    state.uid = UID;
    server.instead = ({ method }) => {
      if (method === 'DELETE') state.uid = 'ffffffff-0000-4000-8000-000000000000';
      return undefined;
    };
    expect(await open('CONTRACT_KUBERNETES').revoke(order, patient())).toMatchObject({ status: 'accepted' });
    expect([server.changes, state.uid]).toEqual([[], 'ffffffff-0000-4000-8000-000000000000']);
    await server.close();
  });

  it.each([
    { namespace: '../../nodes', pod: 'agent-7f', pod_uid: UID },
    { namespace: 'agents', pod: 'a/../../x', pod_uid: UID },
    { namespace: 'agents', pod: '', pod_uid: UID },
    { namespace: 'agents', pod: 'agent-7f', pod_uid: '' },
  ])('asks nobody about %j', async (credential_handles) => {
    const { server, open } = await prepared();
    const order = orderOf({ credential_handles });
    expect(await open('CONTRACT_KUBERNETES').revoke(order, patient())).toMatchObject({ status: 'failed' });
    expect(server.received).toEqual([]);
    await server.close();
  });
});
