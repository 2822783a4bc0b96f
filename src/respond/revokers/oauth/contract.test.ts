import { createMemoryAdapter } from '../../../../samples/sandbox/memory-adapter.ts';
import { type RevokerUnderTest, testRevoker } from '../contract.ts';
import { orderOf, receive } from '../testing.ts';
import { oauth } from './index.ts';
import { startIssuer } from './testing.ts';

/** A real issuer with one client that has one token. */
async function prepared() {
  const issuer = await startIssuer(createMemoryAdapter());
  const client = await issuer.register();
  const token = await issuer.grant(client);
  process.env.CONTRACT_SECRET = client.client_secret;
  process.env.CONTRACT_REGISTRATION = client.registration_access_token;
  process.env.CONTRACT_WRONG = 'a-wrong-secret';
  const order = orderOf({ credential_handles: { token_id: 'tok_1', client_id: client.client_id } });
  const secrets = [token, client.client_secret, client.registration_access_token, 'a-wrong-secret'];
  const open = (section: object) =>
    oauth.create(oauth.config.parse({ type: 'oauth', allow_private: true, ...section }), 'contract');
  return { issuer, client, token, order, secrets, open };
}

testRevoker(
  oauth,
  async (): Promise<RevokerUnderTest> => {
    const { issuer, client, token, order, secrets, open } = await prepared();
    const vault = await receive((_, response) => response.end(JSON.stringify({ token })));
    const receiver = (env: string) =>
      open({
        issuer: issuer.url,
        client_id: client.client_id,
        client_secret: { env },
        token: { source_url: vault.url },
      });
    return {
      receiver: receiver('CONTRACT_SECRET'),
      stranger: receiver('CONTRACT_WRONG'),
      order,
      isGone: async () => !(await issuer.isActive(issuer.auditor, token)),
      acted: () => issuer.count('revocation'),
      down: issuer.close,
      up: issuer.reopen,
      secrets,
      async close() {
        await vault.close();
        await issuer.close();
      },
    };
  },
  'one token',
);

testRevoker(
  oauth,
  async (): Promise<RevokerUnderTest> => {
    const { issuer, client, order, secrets, open } = await prepared();
    const receiver = (env: string) =>
      open({ client: { url: `${issuer.url}/reg/{client_id}`, tokens: { [client.client_id]: { env } } } });
    return {
      receiver: receiver('CONTRACT_REGISTRATION'),
      stranger: receiver('CONTRACT_WRONG'),
      order,
      isGone: async () => (await issuer.grant(client)) === 'refused: invalid_client',
      acted: () => issuer.count('client'),
      down: issuer.close,
      up: issuer.reopen,
      secrets,
      close: issuer.close,
    };
  },
  'a whole client',
);
