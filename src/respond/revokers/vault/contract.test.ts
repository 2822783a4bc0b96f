import { describe, expect, it } from 'vitest';
import { testRevoker } from '../contract.ts';
import { orderOf, patient, type Recorded, recorded } from '../testing.ts';
import { vault } from './index.ts';

const TOKEN = 'hvs.contract-token-of-tripline';

/** As the HTTP API documents of Vault 1.x say: 204 for a revocation, 400 or 404 for what is not known, 403 for a wrong token. */
async function recordedVault(known: Set<string>): Promise<Recorded> {
  return recorded(({ path, headers, body }, server) => {
    if (headers['x-vault-token'] !== TOKEN) return { status: 403, body: { errors: ['permission denied'] } };
    if (path === '/v1/auth/token/lookup-self') return { status: 200, body: { data: { policies: ['tripline'] } } };
    const { accessor, lease_id } = JSON.parse(body) as Record<string, string>;
    const id = accessor ?? lease_id ?? '';
    if (!known.has(id)) return { status: accessor === undefined ? 400 : 404, body: { errors: ['invalid'] } };
    if (path.includes('lookup')) return { status: 200, body: { data: { id } } };
    known.delete(id);
    server.changes.push(id);
    return { status: 204 };
  });
}
const open = (url: string, env: string, more: object = {}) =>
  vault.create(vault.config.parse({ type: 'vault', url, token: { env }, allow_private: true, ...more }), 'contract');

for (const [handle, id] of [
  ['accessor', 'acc-1'],
  ['lease_id', 'database/creds/agent/1'],
] as const)
  testRevoker(
    vault,
    async () => {
      process.env.CONTRACT_VAULT = TOKEN;
      process.env.CONTRACT_WRONG = 'hvs.wrong';
      const known = new Set([id, 'other']);
      const server = await recordedVault(known);
      return {
        receiver: open(server.url, 'CONTRACT_VAULT'),
        stranger: open(server.url, 'CONTRACT_WRONG'),
        order: orderOf({ credential_handles: { [handle]: id } }),
        isGone: async () => !known.has(id),
        acted: () => server.changes.length,
        down: async () => {
          server.open = false;
        },
        up: async () => {
          server.open = true;
        },
        secrets: [TOKEN, 'hvs.wrong'],
        close: server.close,
      };
    },
    `by ${handle}`,
  );

describe('vault', () => {
  const order = orderOf({ credential_handles: { accessor: 'acc-1', lease_id: 'l/1' } });
  const withVault = async (act: (server: Recorded, known: Set<string>) => Promise<void>) => {
    process.env.CONTRACT_VAULT = TOKEN;
    const known = new Set(['acc-1', 'l/1']);
    const server = await recordedVault(known);
    await act(server, known).finally(server.close);
  };

  it('takes the token rather than a lease of it, proves it, and names the namespace', async () => {
    await withVault(async (server, known) => {
      const receiver = open(server.url, 'CONTRACT_VAULT', { namespace: 'team-a' });
      expect(await receiver.revoke(order, patient())).toMatchObject({ status: 'accepted', proof: '{"lookup":404}' });
      expect([...known]).toEqual(['l/1']);
      expect(server.received.every(({ headers }) => headers['x-vault-namespace'] === 'team-a')).toBe(true);
    });
  });

  it('revokes without the right to look, and then has no proof', async () => {
    await withVault(async (server) => {
      server.instead = ({ path }) => (path.endsWith('lookup-accessor') ? { status: 403 } : undefined);
      const result = await open(server.url, 'CONTRACT_VAULT').revoke(order, patient());
      expect(result).toEqual({ status: 'accepted', http_status: 204, detail: 'It is revoked' });
      expect(server.changes).toEqual(['acc-1']);
    });
  });

  it.each([
    [429, { 'retry-after': '2' }, { status: 'retry', retry_after_ms: 2000 }],
    [503, {}, { status: 'retry', http_status: 503 }],
    [307, { location: 'http://127.0.0.1:1' }, { status: 'failed', http_status: 307 }],
  ])('takes a %i for what it is', async (status, headers, result) => {
    await withVault(async (server) => {
      server.instead = ({ path }) => (path.includes('revoke') ? { status, headers } : undefined);
      expect(await open(server.url, 'CONTRACT_VAULT').revoke(order, patient())).toMatchObject(result);
    });
  });

  it('asks nobody without a handle', async () => {
    await withVault(async (server) => {
      const bare = orderOf({ credential_handles: { jti: '1' } });
      expect(await open(server.url, 'CONTRACT_VAULT').revoke(bare, patient())).toMatchObject({ status: 'failed' });
      expect(server.received).toEqual([]);
    });
  });
});
