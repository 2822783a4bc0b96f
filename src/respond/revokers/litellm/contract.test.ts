import { describe, expect, it } from 'vitest';
import { testRevoker } from '../contract.ts';
import { orderOf, patient, recorded } from '../testing.ts';
import { litellm } from './index.ts';

const KEY = 'a'.repeat(64);
const MASTER = 'sk-master-of-the-contract';

/** As the documents of the LiteLLM proxy say: block and unblock by the hash of a key, and what it is by /key/info. */
async function prepared() {
  process.env.CONTRACT_LITELLM = MASTER;
  process.env.CONTRACT_WRONG = 'sk-wrong';
  const blocked = new Map<string, boolean | null>([[KEY, null]]);
  const server = await recorded(({ path, headers, body }, { changes }) => {
    if (headers.authorization !== `Bearer ${MASTER}`) return { status: 401, body: { error: { code: '401' } } };
    const url = new URL(path, 'http://x');
    if (url.pathname === '/key/list') return { status: 200, body: { keys: [] } };
    const key = url.searchParams.get('key') ?? (JSON.parse(body || '{}') as { key?: string }).key ?? '';
    if (!blocked.has(key)) return { status: 404, body: { error: { message: 'Key not found' } } };
    if (url.pathname === '/key/info') return { status: 200, body: { key, info: { blocked: blocked.get(key) } } };
    blocked.set(key, url.pathname === '/key/block');
    changes.push(url.pathname);
    return { status: 200, body: { token: key } };
  });
  const open = (env: string) =>
    litellm.create(
      litellm.config.parse({ type: 'litellm', url: server.url, master_key: { env }, allow_private: true }),
      'contract',
    );
  return { server, blocked, open, order: orderOf({ credential_handles: { token_id: KEY } }) };
}

testRevoker(litellm, async () => {
  const { server, blocked, open, order } = await prepared();
  return {
    receiver: open('CONTRACT_LITELLM'),
    stranger: open('CONTRACT_WRONG'),
    order,
    isGone: async () => blocked.get(KEY) === true,
    acted: () => server.changes.length,
    down: async () => {
      server.open = false;
    },
    up: async () => {
      server.open = true;
    },
    secrets: [MASTER, 'sk-wrong'],
    close: server.close,
  };
});

describe('litellm', () => {
  it('proves the block by reading the key, and takes it back', async () => {
    const { server, open, order } = await prepared();
    const receiver = open('CONTRACT_LITELLM');
    expect(await receiver.revoke(order, patient())).toMatchObject({ status: 'accepted', proof: '{"blocked":true}' });
    expect(await receiver.undo!(order, patient())).toMatchObject({ status: 'accepted', proof: '{"blocked":false}' });
    expect(server.changes).toEqual(['/key/block', '/key/unblock']);
    await server.close();
  });

  it('does not say yes when the key did not change', async () => {
    const { server, open, order } = await prepared();
    server.instead = ({ path }) => (path === '/key/block' ? { status: 200, body: '{}' } : undefined);
    expect(await open('CONTRACT_LITELLM').revoke(order, patient())).toMatchObject({ status: 'retry' });
    await server.close();
  });

  it('sends no raw key: only a hash names one', async () => {
    const { server, open } = await prepared();
    for (const token_id of ['sk-1234567890', '', `${KEY}&x=1`])
      expect(
        await open('CONTRACT_LITELLM').revoke(orderOf({ credential_handles: { token_id } }), patient()),
      ).toMatchObject({ status: 'failed' });
    expect(server.received).toEqual([]);
    await server.close();
  });

  it('takes a key that is gone for blocked, and cannot take that back', async () => {
    const { server, blocked, open, order } = await prepared();
    blocked.clear();
    const receiver = open('CONTRACT_LITELLM');
    expect(await receiver.revoke(order, patient())).toMatchObject({ status: 'accepted', http_status: 404 });
    expect(await receiver.undo!(order, patient())).toMatchObject({ status: 'failed' });
    await server.close();
  });
});
