import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostedEvent } from '../../src/event/event.ts';
import { signed } from '../testing/sign.ts';
import { type Posted, startStubDoor } from '../testing/stub-door.ts';
import { requestToken, type TokenAnswer } from './issuer-client.ts';
import { type SandboxHandle, startSandbox } from './start.ts';

let sandbox: SandboxHandle;
let door: Awaited<ReturnType<typeof startStubDoor>>;
const posted: Posted[] = [];

beforeAll(async () => {
  [sandbox, door] = await Promise.all([
    startSandbox([
      { client_id: 'reader', scope: 'crm:read vault:read' },
      { client_id: 'other', scope: 'crm:read' },
    ]),
    startStubDoor((request) => posted.push(request)),
  ]);
});
afterAll(async () => {
  await sandbox.close();
  await door.close();
});

const issue = (scope = 'crm:read', client_id = 'reader') =>
  requestToken(sandbox.issuerUrl, { client_id, client_secret: sandbox.clientSecrets[client_id]! }, scope);
const use = (token: string, path = '/crm/customers/C-1', headers: Record<string, string> = {}) =>
  fetch(`${sandbox.apiUrl}${path}`, { headers: { authorization: `Bearer ${token}`, ...headers } });
const now_s = () => Math.floor(Date.now() / 1000);
const revocation = (token_id: string, more: Record<string, unknown> = {}) =>
  JSON.stringify({
    type: 'tripline.credential.revoke',
    timestamp: '2026-11-26T08:00:00Z',
    data: { action: 'revoke', credential_handles: { token_id }, ...more },
  });
const revoke = (id: string, body: string, secret = sandbox.webhookSecret, time_s = now_s()) =>
  fetch(sandbox.revocationsUrl, { method: 'POST', headers: signed(secret, id, body, time_s), body });
const stats = async () => (await fetch(`${sandbox.apiUrl}/stats`)).json() as Promise<{ acted: Record<string, number> }>;

describe('the sandbox', () => {
  it('lets a token in until a signed order revokes it, and proves that it is dead', async () => {
    const { access_token, token_id } = await issue();
    expect((await use(access_token)).status).toBe(200);

    const answer = await revoke(
      'order-1',
      revocation(token_id, { credential_handles: { token_id, iss: sandbox.issuerUrl } }),
    );
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ status: 'revoked', proof: { active: false } });
    const refused = await use(access_token);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer error="invalid_token"']);
  });

  it('suspends at the gateway, and takes that back; a revocation cannot be taken back', async () => {
    const { access_token, token_id } = await issue();
    const back = (action: string) =>
      JSON.stringify({
        type: 'tripline.revocation.undo_requested',
        data: { action, credential_handles: { token_id } },
      });
    expect((await revoke('order-s', revocation(token_id, { action: 'suspend' }))).status).toBe(200);
    expect((await use(access_token)).status).toBe(401);
    expect((await revoke('order-s-undo', back('suspend'))).status).toBe(200);
    expect((await use(access_token)).status).toBe(200);
    expect((await revoke('order-r-undo', back('revoke'))).status).toBe(422);
  });

  it('acts once on a webhook id, however often it is delivered, also at the same time', async () => {
    const { token_id } = await issue();
    const body = revocation(token_id);
    const answers = await Promise.all([1, 2, 3].map(() => revoke('order-2', body)));
    answers.push(await revoke('order-2', body));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const [first, ...others] = await Promise.all(answers.map((answer) => answer.json()));
    for (const other of others) expect(other).toEqual(first);
    expect((await stats()).acted['order-2']).toBe(1);
  });

  it('refuses an order with a wrong key, an old timestamp or a changed body, and leaves the token alone', async () => {
    const { access_token, token_id } = await issue();
    const body = revocation(token_id);
    const stranger = `whsec_${Buffer.from('a key of somebody else, 32 bytes').toString('base64')}`;
    expect((await revoke('order-3', body, stranger)).status).toBe(401);
    expect((await revoke('order-3', body, sandbox.webhookSecret, now_s() - 3600)).status).toBe(401);
    const headers = signed(sandbox.webhookSecret, 'order-3', revocation('tok_other'), now_s());
    expect((await fetch(sandbox.revocationsUrl, { method: 'POST', headers, body })).status).toBe(401);
    expect((await fetch(sandbox.revocationsUrl, { method: 'POST', body })).status).toBe(401);
    expect((await use(access_token)).status).toBe(200);
    expect((await stats()).acted['order-3']).toBeUndefined();
  });

  it('says what it cannot do: a token it does not know, another issuer, an action that opaque tokens do not have', async () => {
    const { access_token, token_id } = await issue();
    expect((await revoke('order-4', revocation('tok_none'))).status).toBe(404);
    const elsewhere = { credential_handles: { token_id, iss: 'https://login.elsewhere.example' } };
    expect((await revoke('order-5', revocation(token_id, elsewhere))).status).toBe(404);
    expect((await revoke('order-6', revocation(token_id, { action: 'throttle' }))).status).toBe(422);
    expect((await use(access_token)).status).toBe(200);
  });

  it('does not take the token_id for a token, and tells nobody but the gateway about tokens', async () => {
    const { access_token, token_id } = await issue();
    expect((await use(token_id)).status).toBe(401);
    const login = Buffer.from(`other:${sandbox.clientSecrets.other}`).toString('base64');
    const answer = await fetch(`${sandbox.issuerUrl}/token/introspection`, {
      method: 'POST',
      headers: { authorization: `Basic ${login}` },
      body: new URLSearchParams({ token: access_token }),
    });
    expect(await answer.json()).toEqual({ active: false });
  });

  it('asks for the scope of each resource', async () => {
    const { access_token } = await issue('crm:read');
    expect((await use(access_token, '/vault/secrets/registry/deploy')).status).toBe(403);
    expect((await fetch(`${sandbox.apiUrl}/crm/customers/C-1`)).status).toBe(401);
    await expect(issue('vault:read', 'other')).rejects.toThrow('400');
  });

  it('reports every use at the gateway with the context it saw, as valid events of its own key', async () => {
    await sandbox.reportTo({ ingestUrl: door.url, key: 'gateway-key' });
    const token: TokenAnswer = await issue();
    const agent = { 'x-sandbox-address': '203.0.113.9', 'user-agent': 'python-requests/2.32' };
    await use(token.access_token, '/crm/tickets/T-7?full=1', agent);
    await revoke('order-7', revocation(token.token_id));
    await use(token.access_token, '/crm/tickets/T-7', agent);
    expect(await sandbox.drain()).toEqual({ accepted: 2, rejected: 0, lost: 0 });

    const events = posted.flatMap(({ body }) => body as PostedEvent[]);
    expect(posted.every(({ path, key }) => path === '/v1/events' && key === 'gateway-key')).toBe(true);
    const seen = { kind: 'token_use', token: token.access_token, target: 'crm/tickets/T-7', source_ip: '203.0.113.9' };
    const where = { source_asn: 64510, source_country: 'BR', user_agent: 'python-requests/2.32' };
    const handles = { iss: sandbox.issuerUrl, client_id: 'reader', token_id: token.token_id };
    expect(events).toMatchObject([
      { ...seen, ...where, outcome: 'ok', agent_id: 'reader', credential_handles: handles },
      { ...seen, ...where, outcome: 'denied', error_status: 401, error_type: 'invalid_token' },
    ]);
    expect(events[1]).not.toHaveProperty('agent_id');
    for (const event of events) expect(PostedEvent.safeParse(event).error).toBeUndefined();
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(2);
  });

  it('makes other secrets at every start and ends with its process', async () => {
    const second = await startSandbox([{ client_id: 'reader', scope: 'crm:read' }]);
    expect(second.secrets.filter((secret) => sandbox.secrets.includes(secret))).toEqual([]);
    expect(new Set(second.secrets).size).toBe(9);
    await second.close();
    await expect(fetch(`${second.apiUrl}/stats`)).rejects.toThrow();
    expect(() => process.kill(second.pid, 0)).toThrow('ESRCH');
  });
});
