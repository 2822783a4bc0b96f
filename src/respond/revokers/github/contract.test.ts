import { generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { testRevoker } from '../contract.ts';
import { orderOf, patient, type RecordedAnswer, recorded } from '../testing.ts';
import { github } from './index.ts';

const TOKEN = 'ghp-like-owner-token';
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = pair.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const WRONG_PEM = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs1', format: 'pem' })
  .toString();
const unauthorised: RecordedAnswer = { status: 401, body: { message: 'Bad credentials' } };
const absent: RecordedAnswer = { status: 404, body: { message: 'Not Found' } };

/** Whether the App's key signed it, for ten minutes at most. */
function isOfApp(authorization = ''): boolean {
  const [head = '', payload = '', signature = ''] = authorization.replace('Bearer ', '').split('.');
  const { iss, iat, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString() || '{}') as Record<string, number>;
  const signed = Buffer.from(`${head}.${payload}`);
  return (
    verify('sha256', signed, pair.publicKey, Buffer.from(signature, 'base64url')) &&
    String(iss) === '5' &&
    exp! - iat! <= 600
  );
}

/** As the REST API documents of GitHub (2022-11-28) say: 204 for what was done, 404 for what is not there or not to be seen. */
async function preparedApp() {
  process.env.CONTRACT_GITHUB = PEM;
  process.env.CONTRACT_WRONG = WRONG_PEM;
  const installations = new Map([['77', false]]);
  const server = await recorded(({ method, path, headers }, { changes }) => {
    if (!isOfApp(headers.authorization)) return unauthorised;
    if (path === '/app') return { status: 200, body: { id: 5 } };
    const id = /^\/app\/installations\/(\d+)\/suspended$/.exec(path)?.[1] ?? '';
    if (!installations.has(id)) return absent;
    if (installations.get(id) !== (method === 'PUT')) changes.push(`${method} ${id}`);
    installations.set(id, method === 'PUT');
    return { status: 204 };
  });
  const open = (env: string) =>
    github.create(
      github.config.parse({
        type: 'github',
        url: server.url,
        app: { app_id: '5', private_key: { env } },
        allow_private: true,
      }),
      'contract',
    );
  return { server, installations, open, order: orderOf({ credential_handles: { installation_id: '77' } }) };
}

async function preparedOrg() {
  process.env.CONTRACT_GITHUB = TOKEN;
  process.env.CONTRACT_WRONG = 'wrong-token';
  const tokens = new Set(['25381']);
  const server = await recorded(({ path, headers, body }, { changes }) => {
    if (headers.authorization !== `Bearer ${TOKEN}`) return unauthorised;
    if (path.startsWith('/orgs/acme/personal-access-tokens?')) return { status: 200, body: [] };
    const id = /^\/orgs\/acme\/personal-access-tokens\/(\d+)$/.exec(path)?.[1] ?? '';
    if (!tokens.has(id) || (JSON.parse(body) as { action: string }).action !== 'revoke') return absent;
    tokens.delete(id);
    changes.push(id);
    return { status: 204 };
  });
  const open = (env: string) =>
    github.create(
      github.config.parse({
        type: 'github',
        url: server.url,
        org: { org: 'acme', token: { env } },
        allow_private: true,
      }),
      'contract',
    );
  return { server, tokens, open, order: orderOf({ credential_handles: { pat_id: '25381' } }) };
}

testRevoker(
  github,
  async () => {
    const { server, tokens, open, order } = await preparedOrg();
    return {
      receiver: open('CONTRACT_GITHUB'),
      stranger: open('CONTRACT_WRONG'),
      order,
      isGone: async () => !tokens.has('25381'),
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
  },
  'a token of an organisation',
);

testRevoker(
  github,
  async () => {
    const { server, installations, open, order } = await preparedApp();
    return {
      receiver: open('CONTRACT_GITHUB'),
      stranger: open('CONTRACT_WRONG'),
      order,
      isGone: async () => installations.get('77') === true,
      acted: () => server.changes.length,
      down: async () => {
        server.open = false;
      },
      up: async () => {
        server.open = true;
      },
      secrets: [PEM.slice(100, 160), WRONG_PEM.slice(100, 160)],
      close: server.close,
    };
  },
  'an installation of an App',
);

describe('github', () => {
  it('takes a suspension back', async () => {
    const { server, open, order } = await preparedApp();
    const receiver = open('CONTRACT_GITHUB');
    await receiver.revoke(order, patient());
    expect(await receiver.undo!(order, patient())).toMatchObject({ status: 'accepted' });
    expect(server.changes).toEqual(['PUT 77', 'DELETE 77']);
    await server.close();
  });

  it('believes that an installation of its own App is gone, and of a token only what it did itself', async () => {
    const app = await preparedApp();
    app.installations.clear();
    expect(await app.open('CONTRACT_GITHUB').revoke(app.order, patient())).toMatchObject({ status: 'accepted' });
    await app.server.close();
    const org = await preparedOrg();
    org.tokens.clear();
    expect(await org.open('CONTRACT_GITHUB').revoke(org.order, patient())).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('404'),
    });
    await org.server.close();
  });

  it('waits at a secondary rate limit, which is a 403 with a time', async () => {
    const { server, open, order } = await preparedOrg();
    server.instead = () => ({ status: 403, headers: { 'retry-after': '60' } });
    expect(await open('CONTRACT_GITHUB').revoke(order, patient())).toMatchObject({
      status: 'retry',
      retry_after_ms: 60_000,
    });
    await server.close();
  });

  it.each(['', '1/../2', 'abc', '-1'])('asks nobody about the token %j', async (pat_id) => {
    const { server, open } = await preparedOrg();
    const order = orderOf({ credential_handles: { pat_id } });
    expect(await open('CONTRACT_GITHUB').revoke(order, patient())).toMatchObject({ status: 'failed' });
    expect(server.received).toEqual([]);
    await server.close();
  });
});
