import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryAdapter } from '../../../../samples/sandbox/memory-adapter.ts';
import type { Receiver, RevokeResult } from '../../revoker.ts';
import { loadReceivers } from '../index.ts';
import { closing, type LocalReceiver, listen, orderOf, patient, receive } from '../testing.ts';
import { type Client, type Issuer, startIssuer } from './testing.ts';

const keep = closing();
const VAULT_AUTH = `Bearer ${randomBytes(16).toString('hex')}`;
const ORDER = orderOf({ credential_handles: { token_id: 'tok_1' } });

let issuer: Issuer;
let client: Client;
let token: string;

beforeEach(async () => {
  issuer = keep(await startIssuer(createMemoryAdapter()));
  client = await issuer.register();
  token = await issuer.grant(client);
  vi.stubEnv('OAUTH_SECRET', client.client_secret);
  vi.stubEnv('OAUTH_REGISTRATION', client.registration_access_token);
  vi.stubEnv('VAULT_AUTH', VAULT_AUTH);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

function open(section: object): Receiver {
  const idp = { type: 'oauth', allow_private: true, ...section };
  return loadReceivers({ idp }).get('idp')!;
}

/** The operator's source of tokens. */
const vaultWith = async (status = 200, answer: object | string = { token }) =>
  keep(
    await receive((_, response) =>
      response.writeHead(status).end(typeof answer === 'string' ? answer : JSON.stringify(answer)),
    ),
  );
const tokenWay = (vault: { url: string }, more: object = {}, way: object = {}) =>
  open({
    issuer: issuer.url,
    client_id: client.client_id,
    client_secret: { env: 'OAUTH_SECRET' },
    token: { source_url: vault.url, source_headers: { authorization: { env: 'VAULT_AUTH' } }, ...way },
    ...more,
  });

/** Nothing that a receiver says may hold a secret. */
function isClean(result: RevokeResult | string): void {
  const said = JSON.stringify(result);
  for (const secret of [token, client.client_secret, client.registration_access_token, VAULT_AUTH])
    expect(said).not.toContain(secret);
}
async function revoke(receiver: Receiver, order = ORDER): Promise<RevokeResult> {
  const result = await receiver.revoke(order, patient());
  isClean(result);
  return result;
}

describe('a token that its source gives', () => {
  it('is revoked: the issuer calls it active before and inactive after', async () => {
    const vault = await vaultWith();
    expect(await issuer.isActive(client, token)).toBe(true);
    const result = await revoke(tokenWay(vault));
    expect(result).toMatchObject({ status: 'accepted', http_status: 200 });
    const { proof = '' } = result as { proof?: string };
    expect(JSON.parse(proof)).toMatchObject({ active_before: true, active: false });
    expect(await issuer.isActive(client, token)).toBe(false);
  });

  it('is asked for by the handles of the credential and the order, as configured', async () => {
    const vault = await vaultWith();
    await revoke(tokenWay(vault));
    expect(vault.received).toMatchObject([{ method: 'POST', headers: { authorization: VAULT_AUTH } }]);
    expect(JSON.parse(vault.received[0]!.body)).toEqual({
      order_id: ORDER.order_id,
      tenant: 'acme',
      credential: 'jwt:abc',
      credential_handles: { token_id: 'tok_1' },
    });
  });

  it('is left dead by a second call, which is accepted and proves nothing', async () => {
    const receiver = tokenWay(await vaultWith());
    await revoke(receiver);
    const again = await revoke(receiver);
    expect(again).toEqual({
      status: 'accepted',
      http_status: 200,
      detail: 'The issuer said yes; it called it inactive before, or does not show it to this client',
    });
  });

  it('is the only one of its client that dies', async () => {
    const other = await issuer.grant(client);
    await revoke(tokenWay(await vaultWith()));
    expect(await issuer.isActive(client, other)).toBe(true);
  });

  it('can be revoked with client_secret_post', async () => {
    client = await issuer.register('client_secret_post');
    token = await issuer.grant(client);
    vi.stubEnv('OAUTH_SECRET', client.client_secret);
    const result = await revoke(tokenWay(await vaultWith(), { client_auth: 'client_secret_post' }));
    expect(result).toMatchObject({ status: 'accepted', proof: expect.stringContaining('"active":false') });
  });

  it.each([
    ['client_secret_basic', `Basic ${Buffer.from('a+b%3A%C3%BC:s%25+x').toString('base64')}`, 'token=T'],
    ['client_secret_post', undefined, 'token=T&client_id=a+b%3A%C3%BC&client_secret=s%25+x'],
  ])('is posted with %s, encoded as a form', async (client_auth, authorization, body) => {
    const endpoint = keep(await receive((_, response) => response.end()));
    vi.stubEnv('OAUTH_SECRET', 's% x');
    const vault = await vaultWith(200, { token: 'T' });
    await revoke(tokenWay(vault, { issuer: undefined, revocation_url: endpoint.url, client_id: 'a b:ü', client_auth }));
    expect(endpoint.received.map(({ headers, body }) => [headers.authorization, body])).toEqual([
      [authorization, body],
    ]);
  });

  it('stays as it is when the client secret is wrong, and the reason is clear', async () => {
    vi.stubEnv('OAUTH_SECRET', 'not the secret');
    expect(await revoke(tokenWay(await vaultWith()))).toEqual({
      status: 'failed',
      http_status: 401,
      detail: 'refused with 401 (invalid_client): client_id, client_secret or client_auth of this receiver is wrong',
    });
    expect(await issuer.isActive(client, token)).toBe(true);
  });

  it('stays as it is when it belongs to another client', async () => {
    const stranger = await issuer.register();
    vi.stubEnv('OAUTH_SECRET', stranger.client_secret);
    const result = await revoke(tokenWay(await vaultWith(), { client_id: stranger.client_id }));
    expect(result).toEqual({ status: 'failed', http_status: 400, detail: 'refused with 400 (invalid_request)' });
    expect(await issuer.isActive(client, token)).toBe(true);
  });

  it('is not asked for when the credential is of another issuer', async () => {
    const vault = await vaultWith();
    const handles = { token_id: 'tok_1', iss: 'https://elsewhere.example' };
    expect(await revoke(tokenWay(vault), orderOf({ credential_handles: handles }))).toEqual({
      status: 'failed',
      detail: 'The credential is of another issuer',
    });
    expect(vault.received).toEqual([]);
    const ours = orderOf({ credential_handles: { token_id: 'tok_1', iss: issuer.url } });
    expect(await revoke(tokenWay(vault), ours)).toMatchObject({ status: 'accepted' });
  });
});

describe('an issuer that is down', () => {
  it.each([false, true])('is asked again later, and then does it (known before: %s)', async (known) => {
    const receiver = tokenWay(await vaultWith());
    if (known) expect(await receiver.check(patient())).toBe(`tokens are revoked at ${issuer.url}`);
    await issuer.close();
    expect(await revoke(receiver)).toMatchObject({
      status: 'retry',
      detail: expect.stringMatching(/could not be reached \(ECONNRE(FUSED|SET)\)$/),
    });
    await issuer.reopen();
    expect(await revoke(receiver)).toMatchObject({ status: 'accepted' });
    expect(await issuer.isActive(client, token)).toBe(false);
  });
});

describe('a source of tokens', () => {
  it.each<[status: number, body: string, result: object]>([
    [404, '', { status: 'failed', http_status: 404, detail: 'The token source has no such token' }],
    [401, '', { status: 'failed', http_status: 401, detail: 'The token source refused with 401' }],
    [503, '', { status: 'retry', http_status: 503, detail: 'The token source answered 503' }],
    [200, 'a secret that is no JSON', { status: 'failed', detail: 'The token source answered no token' }],
    [200, '{"token":""}', { status: 'failed', detail: 'The token source answered no token' }],
    [200, '{"access":"x"}', { status: 'failed', detail: 'The token source answered no token' }],
  ])('that answers %i %s', async (status, body, result) => {
    expect(await revoke(tokenWay(await vaultWith(status, body)))).toEqual(result);
    expect(await issuer.isActive(client, token)).toBe(true);
  });

  it('that is down is asked again', async () => {
    const vault = await listen(() => {});
    await vault.close();
    expect(await revoke(tokenWay(vault))).toMatchObject({ status: 'retry', detail: expect.stringContaining('source') });
  });
});

describe('endpoints', () => {
  const fake = async (answers: Record<string, [status: number, body?: object]>): Promise<LocalReceiver> => {
    const server: LocalReceiver = keep(
      await receive(({ path }, response) => {
        const [status, body = {}] = answers[path] ?? [404];
        response.writeHead(status).end(JSON.stringify(body).replaceAll('SELF', server.url));
      }),
    );
    return server;
  };
  const OAUTH = '/.well-known/oauth-authorization-server';
  const said = { issuer: 'SELF', revocation_endpoint: 'SELF/revoke' };
  const paths = ({ received }: LocalReceiver) => received.map(({ method, path }) => `${method} ${path}`);

  it('are taken from the metadata, once', async () => {
    const server = await fake({ [OAUTH]: [200, said], '/revoke': [200] });
    const receiver = tokenWay(await vaultWith(), { issuer: server.url });
    for (const _ of [1, 2]) expect(await revoke(receiver)).toMatchObject({ status: 'accepted' });
    expect(paths(server)).toEqual([`GET ${OAUTH}`, 'POST /revoke', 'POST /revoke']);
  });

  it('of an issuer with a path are looked for in both places', async () => {
    const server = await fake({ '/t/.well-known/openid-configuration': [200, { ...said, issuer: 'SELF/t' }] });
    await tokenWay(await vaultWith(), { issuer: `${server.url}/t` }).check(patient());
    expect(paths(server)).toEqual([`GET ${OAUTH}/t`, 'GET /t/.well-known/openid-configuration']);
  });

  it('that are configured need no metadata', async () => {
    const server = await fake({ '/mine': [200], '/tell': [200, { active: true }] });
    const urls = { issuer: undefined, revocation_url: `${server.url}/mine`, introspection_url: `${server.url}/tell` };
    expect(await revoke(tokenWay(await vaultWith(), urls))).toEqual({
      status: 'retry',
      http_status: 200,
      detail: 'said yes, and still calls the token active',
    });
    expect(paths(server)).toEqual(['POST /tell', 'POST /mine', 'POST /tell']);
  });

  it.each<[what: string, status: number, metadata: object, result: object]>([
    ['of another issuer', 200, { ...said, issuer: 'https://idp.example' }, { status: 'failed' }],
    ['without a revocation endpoint', 200, { issuer: 'SELF' }, { status: 'failed' }],
    ['that cannot be read', 200, { ...said, revocation_endpoint: 'file:///etc/passwd' }, { status: 'failed' }],
    ['refused', 403, {}, { status: 'failed' }],
    ['not there now', 503, {}, { status: 'retry' }],
  ])('in metadata %s are not used, and no token is asked for', async (_, status, metadata, result) => {
    const server = await fake({ [OAUTH]: [status, metadata] });
    const vault = await vaultWith();
    expect(await revoke(tokenWay(vault, { issuer: server.url }))).toMatchObject(result);
    expect(vault.received).toEqual([]);
  });

  it('for introspection that never answer do not hold the revocation up', async () => {
    const silent = keep(await receive(() => {}));
    const server = await fake({ '/revoke': [200] });
    const urls = { revocation_url: `${server.url}/revoke`, introspection_url: silent.url };
    expect(await revoke(tokenWay(await vaultWith(), urls, { introspection_timeout_ms: 20 }))).toEqual({
      status: 'accepted',
      http_status: 200,
      detail: 'The issuer said yes; it was not asked about it',
    });
    expect(paths(server)).toEqual(['POST /revoke']);
  });

  it('at a private address are refused unless that is permitted', async () => {
    const vault = await vaultWith();
    const result = await revoke(tokenWay(vault, { allow_private: false }));
    expect(result).toMatchObject({ status: 'failed', detail: expect.stringContaining('allow_private') });
    expect(vault.connections()).toBe(0);
  });
});

describe('a client', () => {
  const order = () => orderOf({ credential_handles: { client_id: client.client_id } });
  const clientWay = (way: object = {}) => {
    const tokens = { [client.client_id]: { env: 'OAUTH_REGISTRATION' } };
    return open({ client: { url: `${issuer.url}/reg/{client_id}`, tokens, ...way } });
  };

  it('that is deleted gets no more tokens', async () => {
    expect(await revoke(clientWay(), order())).toEqual({
      status: 'accepted',
      http_status: 204,
      detail: 'The client is deleted: it gets no new token, and those it has may live on',
    });
    expect(await issuer.grant(client)).toBe('refused: invalid_client');
  });

  it('that is deleted keeps the tokens it has, so that the receipt proves nothing', async () => {
    expect(await revoke(clientWay(), order())).not.toHaveProperty('proof');
    expect(await issuer.isActive(issuer.auditor, token)).toBe(true);
  });

  it('that was deleted by the same order is gone already', async () => {
    const receiver = clientWay();
    await revoke(receiver, order());
    expect(await revoke(receiver, order())).toMatchObject({ status: 'accepted', http_status: 401 });
  });

  it('stays when the registration access token is wrong, and the reason is clear', async () => {
    vi.stubEnv('OAUTH_REGISTRATION', 'not-the-token');
    expect(await revoke(clientWay(), order())).toEqual({
      status: 'failed',
      http_status: 401,
      detail: 'refused with 401: the token is wrong, or the client is gone already',
    });
    expect(await issuer.grant(client)).not.toContain('refused');
  });

  it.each(['somebody-else', '..', '.', 'a b', 'a\u0000b', 'ü'])('named %j is not touched', async (client_id) => {
    const before = issuer.connections();
    const receiver = clientWay(client_id === 'somebody-else' ? {} : { token: { env: 'OAUTH_REGISTRATION' } });
    const result = await revoke(receiver, orderOf({ credential_handles: { client_id } }));
    expect(result).toMatchObject({ status: 'failed', detail: expect.stringMatching(/configured|cannot stand/) });
    expect(issuer.connections()).toBe(before);
  });

  it('cannot lead to another address by its name', async () => {
    const admin = keep(await receive((_, response) => response.writeHead(204).end()));
    const receiver = clientWay({ url: `${admin.url}/clients/{client_id}/x`, token: { env: 'OAUTH_REGISTRATION' } });
    await revoke(receiver, orderOf({ credential_handles: { client_id: '../../all?x=$&#' } }));
    expect(admin.received.map(({ path }) => path)).toEqual(['/clients/..%2F..%2Fall%3Fx%3D%24%26%23/x']);
  });

  it('is asked for again when the issuer is down', async () => {
    await issuer.close();
    expect(await revoke(clientWay(), order())).toMatchObject({ status: 'retry' });
    await issuer.reopen();
    expect(await revoke(clientWay(), order())).toMatchObject({ status: 'accepted', http_status: 204 });
  });

  it.each([
    [200, { status: 'accepted', detail: expect.stringContaining('disabled') }],
    [404, { status: 'failed', detail: 'refused with 404' }],
    [500, { status: 'retry' }],
  ])("is disabled at an administrator's address, which answers %i", async (status, result) => {
    const admin = keep(await receive((_, response) => response.writeHead(status).end()));
    const body = { accountEnabled: false };
    const way = {
      url: `${admin.url}/apps/{client_id}`,
      method: 'PATCH',
      body,
      token: { env: 'VAULT_AUTH' },
      tokens: {},
    };
    const receiver = clientWay(way);
    expect(receiver.capabilities.actions).toEqual(['suspend', 'revoke']);
    expect(await revoke(receiver, order())).toMatchObject(result);
    expect(admin.received).toMatchObject([
      { method: 'PATCH', path: `/apps/${client.client_id}`, body: '{"accountEnabled":false}' },
    ]);
    expect(admin.received[0]!.headers.authorization).toBe(`Bearer ${VAULT_AUTH}`);
  });
});

describe('a configuration', () => {
  const secret = { client_id: 'c', client_secret: { env: 'OAUTH_SECRET' } };
  const source = { source_url: 'https://vault.example/' };
  const reg = { url: 'https://idp.example/reg/{client_id}', token: { env: 'VAULT_AUTH' } };
  it.each<[what: string, section: object, says: string]>([
    ['neither way', secret, 'either token or client'],
    ['both ways', { ...secret, issuer: 'https://idp.example', token: source, client: reg }, 'either token or client'],
    ['no issuer and no endpoint', { ...secret, token: source }, 'revocation_url: expected, because issuer is not set'],
    ['no client', { issuer: 'https://idp.example', token: source }, 'client_id: expected, because token is set'],
    [
      'no place for the client',
      { client: { ...reg, url: 'https://idp.example/reg' } },
      'expected {client_id} in its path',
    ],
    [
      'the client as host',
      { client: { ...reg, url: 'https://{client_id}.example/' } },
      'expected {client_id} in its path',
    ],
    ['no address', { client: { ...reg, url: 'idp/{client_id}' } }, 'expected an http or https address'],
    ['no token', { client: { url: reg.url } }, 'client.tokens: expected a token for at least one client'],
    ['a body for DELETE', { client: { ...reg, body: {} } }, 'client.body: expected nothing'],
    ['a secret written down', { ...secret, client_secret: 'hunter2' }, 'client_secret'],
    [
      'a secret that is not there',
      { ...secret, client_secret: { env: 'OAUTH_NONE' }, issuer: 'https://idp.example', token: source },
      'environment variable OAUTH_NONE is absent or empty',
    ],
  ])('with %s is refused', (_, section, says) => {
    expect(() => open(section)).toThrow(expect.objectContaining({ code: 'TRIPLINE_CONFIG_INVALID' }));
    expect(() => open(section)).toThrow(says);
    expect(() => open(section)).not.toThrow('hunter2');
  });
});
