import { randomBytes } from 'node:crypto';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NOW } from '../../testing.ts';
import { loadReceivers } from '../index.ts';
import { closing, listen, orderOf, patient, type Received, receive } from '../testing.ts';

const keep = closing();
const secretOf = () => `whsec_${randomBytes(32).toString('base64')}`;
const OLD = secretOf();
const NEW = secretOf();
const HEADER = `Bearer ${randomBytes(16).toString('hex')}`;

beforeEach(() => {
  vi.stubEnv('WEBHOOK_OLD', OLD);
  vi.stubEnv('WEBHOOK_NEW', NEW);
  vi.stubEnv('WEBHOOK_AUTH', HEADER);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

function openAt(url: string, more: object = {}) {
  const section = { type: 'webhook', url, secrets: [{ env: 'WEBHOOK_OLD' }], allow_private: true, ...more };
  return loadReceivers({ idp: section }).get('idp')!;
}

/** A receiver that answers with these statuses in turn, and then with the last. */
async function answering(statuses: number[], headers: Record<string, string> = {}, body = '') {
  let next = 0;
  return keep(
    await receive((_, response) =>
      response.writeHead(statuses[Math.min(next++, statuses.length - 1)]!, headers).end(body),
    ),
  );
}
const verified = ({ body, headers }: Received, secret: string) => new Webhook(secret).verify(body, headers);

describe('a signed order', () => {
  it('can be verified, and says what is to be done to what and why', async () => {
    const { url, received } = await answering([200]);
    const order = orderOf();
    await openAt(`${url}/revocations`).revoke(order, patient());
    expect(received).toMatchObject([{ method: 'POST', path: '/revocations' }]);
    expect(received[0]!.headers['content-type']).toBe('application/json');
    expect(verified(received[0]!, OLD)).toEqual({
      type: 'tripline.revocation.requested',
      timestamp: new Date(NOW).toISOString(),
      data: {
        order_id: order.order_id,
        tenant: 'acme',
        alert_id: 'alr_1',
        detector: 'token-replay',
        rule: 'rule',
        policy_version: order.policy_version,
        action: 'revoke',
        target_kind: 'credential',
        target: 'jwt:abc',
        agent_id: 'agent-1',
        credential: 'jwt:abc',
        credential_handles: { jti: 'j-1', client_id: 'app-1' },
        why: 'token-replay: One token was used in two places.',
      },
    });
  });

  it('has one id over all attempts, and the time of each attempt', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW });
    const { url, received } = await answering([503, 503, 200]);
    const receiver = openAt(url);
    const order = orderOf();
    for (const attempt of [1, 2, 3]) {
      vi.setSystemTime(NOW + attempt * 60_000);
      await receiver.revoke({ ...order, attempt }, patient());
      verified(received.at(-1)!, OLD);
    }
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual(Array(3).fill(order.order_id));
    const seconds = received.map(({ headers }) => Number(headers['webhook-timestamp']) - NOW / 1000);
    expect(seconds).toEqual([60, 120, 180]);
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
  });

  it('is signed with every secret, so that receivers can change theirs one after the other', async () => {
    const { url, received } = await answering([200]);
    await openAt(url, { secrets: [{ env: 'WEBHOOK_NEW' }, { env: 'WEBHOOK_OLD' }] }).revoke(orderOf(), patient());
    expect(received[0]!.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
    for (const secret of [OLD, NEW]) expect(verified(received[0]!, secret)).toBeTruthy();
    expect(() => verified(received[0]!, secretOf())).toThrow(WebhookVerificationError);
    const changed = { ...received[0]!, body: received[0]!.body.replace('jwt:abc', 'jwt:abd') };
    expect(() => verified(changed, OLD)).toThrow(WebhookVerificationError);
  });

  it('carries configured headers, which cannot replace its own', async () => {
    const { url, received } = await answering([200]);
    const headers = { Authorization: { env: 'WEBHOOK_AUTH' }, 'Webhook-Id': { env: 'WEBHOOK_AUTH' } };
    const order = orderOf();
    await openAt(url, { headers }).revoke(order, patient());
    expect(received[0]!.headers).toMatchObject({ authorization: HEADER, 'webhook-id': order.order_id });
  });

  it('to take it back has an id of its own, and is there only where the receiver can', async () => {
    const { url, received } = await answering([200]);
    const order = orderOf();
    expect(openAt(url).undo).toBeUndefined();
    await openAt(url, { can_undo: true }).undo!(order, patient());
    expect(verified(received[0]!, OLD)).toMatchObject({ type: 'tripline.revocation.undo_requested' });
    expect(received[0]!.headers['webhook-id']).toBe(`${order.order_id}-undo`);
  });
});

describe('an answer', () => {
  const accepted = { status: 'accepted' };
  const retry = { status: 'retry' };
  const failed = { status: 'failed' };
  it.each<[status: number, headers: Record<string, string>, result: object]>([
    [200, {}, accepted],
    [202, {}, accepted],
    [204, {}, accepted],
    [301, { location: '/x' }, { ...failed, detail: 'redirected (301), which is not followed' }],
    [307, { location: '/x' }, failed],
    [400, {}, { ...failed, detail: 'refused with 400' }],
    [401, {}, failed],
    [404, {}, failed],
    [408, {}, retry],
    [410, {}, { ...failed, detail: 'is gone (410)' }],
    [422, {}, failed],
    [425, {}, retry],
    [429, {}, retry],
    [429, { 'retry-after': '7' }, { ...retry, retry_after_ms: 7000 }],
    [500, {}, { ...retry, detail: 'answered 500' }],
    [501, {}, failed],
    [502, {}, retry],
    [503, { 'retry-after': 'Thu, 26 Nov 2026 08:00:30 GMT' }, { ...retry, retry_after_ms: 30_000 }],
    [504, {}, retry],
    [520, {}, retry],
  ])('of %i with %j is %j', async (status, headers, result) => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW });
    const { url, received } = await answering([status], headers);
    expect(await openAt(url).revoke(orderOf(), patient())).toMatchObject({ ...result, http_status: status });
    expect(received).toHaveLength(1);
  });

  it.each(['soon', '-3', '0', '', 'Thu, 26 Nov 2020 08:00:30 GMT'])(
    'with a useless Retry-After %j has none',
    async (text) => {
      const { url } = await answering([429], { 'retry-after': text });
      expect(await openAt(url).revoke(orderOf(), patient())).not.toHaveProperty('retry_after_ms');
    },
  );

  it.each<[body: string, said: object]>([
    ['{"status":"revoked","proof":{"active":false}}', { detail: 'revoked', proof: '{"active":false}' }],
    ['{"status":"revoked"}', { detail: 'revoked' }],
    ['{"proof":"p"}', { proof: '"p"' }],
    ['{"status":7,"proof":"p"}', {}],
    ['no JSON', {}],
    ['', {}],
    ['null', {}],
  ])('keeps what its body says, where it can be understood: %s', async (body, said) => {
    const { url } = await answering([200], {}, body);
    expect(await openAt(url).revoke(orderOf(), patient())).toEqual({ status: 'accepted', http_status: 200, ...said });
  });

  it('that never comes, or from nobody, is worth another attempt', async () => {
    const silent = keep(await receive(() => {}));
    const control = new AbortController();
    const asked = openAt(silent.url).revoke(orderOf(), control.signal);
    await silent.holds(1);
    control.abort();
    expect(await asked).toEqual({ status: 'retry', detail: 'could not be reached (ABORT_ERR)' });

    const gone = await listen(() => {});
    await gone.close();
    const result = await openAt(gone.url).revoke(orderOf(), patient());
    expect(result).toEqual({ status: 'retry', detail: 'could not be reached (ECONNREFUSED)' });
  });
});

describe('a private address', () => {
  it.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'])(
    'is no receiver unless it is permitted: %s',
    async (host) => {
      const { port, connections } = await answering([200]);
      const receiver = openAt(`http://${host}:${port}/`, { allow_private: false });
      const result = await receiver.revoke(orderOf(), patient());
      expect(result).toMatchObject({ status: 'failed', detail: expect.stringContaining('allow_private') });
      await expect(receiver.check(patient())).rejects.toMatchObject({
        code: 'TRIPLINE_RECEIVER_FAILED',
        retriable: false,
      });
      expect(connections()).toBe(0);
    },
  );
});

describe('a secret', () => {
  it.each<[what: string, more: object, says: string]>([
    ['absent', { secrets: [{ env: 'WEBHOOK_NONE' }] }, 'environment variable WEBHOOK_NONE is absent or empty'],
    ['empty', { secrets: [{ env: 'WEBHOOK_EMPTY' }] }, 'environment variable WEBHOOK_EMPTY is absent or empty'],
    ['in a file that is not there', { secrets: [{ file: '/no/such' }] }, 'file /no/such is absent or empty'],
    ['of a header absent', { headers: { a: { env: 'WEBHOOK_NONE' } } }, 'WEBHOOK_NONE'],
    ['written down', { secrets: [OLD] }, 'secrets.0'],
    ['not named', { secrets: [] }, 'secrets'],
    ['no signing secret', { secrets: [{ env: 'WEBHOOK_AUTH' }] }, 'idp is not a Standard Webhooks secret'],
    ['too short', { secrets: [{ env: 'WEBHOOK_SHORT' }] }, 'idp is not a Standard Webhooks secret'],
    ['in the address', { url: `https://user:${HEADER.slice(7)}@idp.example/` }, 'without user name and password'],
  ])('that is %s is an error that says where, and never what', (_, more, says) => {
    vi.stubEnv('WEBHOOK_EMPTY', ' ');
    vi.stubEnv('WEBHOOK_SHORT', `whsec_${randomBytes(16).toString('base64')}`);
    const open = () => openAt('https://idp.example/', more);
    expect(open).toThrow(expect.objectContaining({ code: 'TRIPLINE_CONFIG_INVALID' }));
    expect(open).toThrow(says);
    try {
      open();
    } catch (error) {
      const { message, stack, cause } = error as Error;
      const told = [message, stack, String(cause)].join('\n');
      for (const secret of [OLD.slice(6), HEADER.slice(7)]) expect(told).not.toContain(secret);
    }
  });

  it('is in no result, and the path of the address is in none either', async () => {
    const { url } = await answering([200, 503, 404], {}, '{"status":"ok"}');
    const receiver = openAt(`${url}/hooks/T0/path-secret`, { headers: { authorization: { env: 'WEBHOOK_AUTH' } } });
    const said = [await receiver.check(patient())];
    for (let i = 0; i < 3; i++) said.push(JSON.stringify(await receiver.revoke(orderOf(), patient())));
    expect(said[0]).toBe(`${url} answers (200)`);
    for (const secret of [OLD.slice(6), HEADER, 'path-secret']) expect(said.join('\n')).not.toContain(secret);
  });
});
