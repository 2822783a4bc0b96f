import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import fastify, { type FastifyInstance } from 'fastify';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rowOf } from '../event/field.ts';
import { encodeFrame } from '../event/frame/index.ts';
import type { Log } from '../log/log.ts';
import { createMemoryDisk, type MemoryDisk } from '../log/memory-disk.ts';
import { openMemoryLog } from '../log/memory-log.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { ORDER, type Order } from '../order/order.ts';
import { openSigner, type Signer } from '../signing/signer.ts';
import { SsfConfig } from './config.ts';
import { type Ssf, startSsf } from './index.ts';

const NOW = Date.UTC(2026, 10, 27, 8);
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
const TOKENS = { idp: 'token-of-the-idp', vault: 'token-of-the-vault' };
const POLL = { timeout: 10_000, interval: 10 };
const orderOf = (values: Partial<Order> = {}): Order =>
  rowOf(ORDER, {
    order_id: 'ord_1',
    alert_id: 'alr_1',
    state: 'sent',
    attempt: 1,
    time: NOW,
    action: 'revoke',
    target_kind: 'credential',
    target: 'jwt:abc',
    credential_handles: { iss: 'https://issuer', jti: 'j1' },
    why: 'replayed',
    ...values,
  });

let dir: string;
let disk: MemoryDisk;
let log: Log;
let signer: Signer;
let app: FastifyInstance | undefined;
let ssf: Ssf | undefined;
let url: string;
let metrics: ReturnType<typeof createMetrics>;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tripline-ssf-'));
  disk = createMemoryDisk();
  signer = await openSigner({ dir, rotate_after_ms: 1e9, publish_ahead_ms: 0, overlap_ms: 0 });
  metrics = createMetrics();
  process.env.SSF_IDP = TOKENS.idp;
  process.env.SSF_VAULT = TOKENS.vault;
});
afterEach(async () => {
  await stop();
  await rm(dir, { recursive: true });
});

async function stop(): Promise<void> {
  await app?.close();
  await ssf?.close();
  await log?.close();
}

/** On what the disk holds, after ending the one before. */
async function start(over: object = {}): Promise<void> {
  await stop();
  log = openMemoryLog({ disk, clock: () => NOW });
  const config = SsfConfig.parse({
    issuer: 'https://tripline.example',
    receivers: {
      idp: { token: { env: 'SSF_IDP' }, audience: 'https://idp.example' },
      vault: { token: { env: 'SSF_VAULT' }, audience: 'https://vault.example' },
    },
    allow_private: true,
    poll_wait_ms_max: 200,
    push_retry_ms_max: 100,
    ...over,
  });
  ssf = await startSsf({ log, signer, config, metrics, logger: pino({ level: 'silent' }) });
  app = fastify();
  // As the door answers.
  const statuses: Record<string, number> = { TRIPLINE_UNAUTHORISED: 401, TRIPLINE_INPUT_UNREADABLE: 400 };
  app.setErrorHandler((error: Error & { code?: string }, _request, reply) =>
    reply.code(statuses[error.code ?? ''] ?? 500).send({ error: error.code }),
  );
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  ssf.addRoutes(app, async (stream) => {
    const body = stream === undefined ? {} : await json(stream).catch(() => ({}));
    return { bytes: Buffer.from(JSON.stringify(body)), release: () => {} };
  });
  url = await app.listen({ port: 0, host: '127.0.0.1' });
}

const put = (...orders: Order[]) =>
  log.write({ append: [{ topic: 'revocations', partition: 0, frame: encodeFrame(ORDER.columns, orders) }] });

async function call(method: string, path: string, body?: object, token = TOKENS.idp) {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
}
const create = async (body: object = {}) => String((await call('POST', '/ssf/streams', body)).body.stream_id);
const poll = async (id: string, body: object = {}) =>
  (await call('POST', `/ssf/poll/${id}`, { returnImmediately: true, ...body })).body as {
    sets: Record<string, string>;
    moreAvailable: boolean;
  };

/** As a receiver that knows the specifications and nothing of ours. */
async function verified(token: string) {
  const keys = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`));
  const { payload } = await jwtVerify(token, keys, {
    issuer: 'https://tripline.example',
    audience: 'https://idp.example',
    typ: 'secevent+jwt',
  });
  return payload;
}

describe('the transmitter', () => {
  it('says where everything is', async () => {
    await start();
    expect(await (await fetch(`${url}/.well-known/ssf-configuration`)).json()).toEqual({
      spec_version: '1_0',
      issuer: 'https://tripline.example',
      jwks_uri: 'https://tripline.example/.well-known/jwks.json',
      delivery_methods_supported: ['urn:ietf:rfc:8935', 'urn:ietf:rfc:8936'],
      configuration_endpoint: 'https://tripline.example/ssf/streams',
      status_endpoint: 'https://tripline.example/ssf/status',
      verification_endpoint: 'https://tripline.example/ssf/verify',
      authorization_schemes: [{ spec_urn: 'urn:ietf:rfc:6750' }],
      default_subjects: 'ALL',
    });
  });

  it('lets a receiver make one stream, change it and remove it', async () => {
    await start();
    const made = await call('POST', '/ssf/streams', { description: 'ours' });
    expect(made.status).toBe(201);
    const { stream_id } = made.body;
    expect(made.body).toMatchObject({
      iss: 'https://tripline.example',
      aud: 'https://idp.example',
      delivery: { method: 'urn:ietf:rfc:8936', endpoint_url: `https://tripline.example/ssf/poll/${stream_id}` },
      events_delivered: ['session-revoked', 'credential-change', 'risk-level-change'].map((type) => `${CAEP}${type}`),
    });
    expect((await call('POST', '/ssf/streams', {})).status).toBe(409);
    const changed = await call('PATCH', '/ssf/streams', { stream_id, events_requested: [`${CAEP}session-revoked`] });
    expect(changed.body).toMatchObject({ description: 'ours', events_delivered: [`${CAEP}session-revoked`] });
    expect((await call('GET', `/ssf/streams?stream_id=${stream_id}`)).body).toEqual(changed.body);
    expect((await call('DELETE', `/ssf/streams?stream_id=${stream_id}`)).status).toBe(204);
    expect((await call('GET', `/ssf/streams?stream_id=${stream_id}`)).status).toBe(404);
  });

  it.each([
    ['nobody', '', 401],
    ['a stranger', 'another-token', 401],
    ['another receiver', TOKENS.vault, 404],
  ])('keeps a stream from %s', async (_, token, status) => {
    await start();
    const id = await create();
    expect((await call('GET', `/ssf/streams?stream_id=${id}`, undefined, token)).status).toBe(status);
    expect((await call('POST', `/ssf/poll/${id}`, {}, token)).status).toBe(status);
  });

  it.each([
    ['a delivery that it does not know', 'POST', '/ssf/streams', { delivery: { method: 'fax' } }],
    [
      'an endpoint that is no address',
      'POST',
      '/ssf/streams',
      { delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: 'x' } },
    ],
    ['a status that there is not', 'POST', '/ssf/status', { stream_id: 'x', status: 'asleep' }],
  ])('refuses %s', async (_, method, path, body) => {
    await start();
    expect((await call(method, path, body)).status).toBe(400);
  });
});

describe('polling', () => {
  it('brings what left since the stream was made, until it is acknowledged, over a restart too', async () => {
    await start();
    await put(orderOf({ order_id: 'before' }));
    const id = await create();
    await put(orderOf(), orderOf({ state: 'accepted' }), orderOf({ order_id: 'ord_2', attempt: 2 }));
    await ssf!.drained();
    const { sets, moreAvailable } = await poll(id);
    expect([Object.keys(sets), moreAvailable]).toEqual([['ord_1'], false]);
    expect(await verified(sets.ord_1!)).toMatchObject({
      jti: 'ord_1',
      sub_id: { format: 'jwt_id', iss: 'https://issuer', jti: 'j1' },
      events: { [`${CAEP}credential-change`]: { change_type: 'revoke' } },
    });
    await start();
    expect(Object.keys((await poll(id)).sets)).toEqual(['ord_1']);
    expect((await poll(id, { ack: ['ord_1', 'unknown'] })).sets).toEqual({});
    await start();
    expect((await poll(id)).sets).toEqual({});
  });

  it('brings them in their order, as many as are asked for, and forgets what is refused', async () => {
    await start();
    const id = await create();
    await put(...['a', 'b', 'c'].map((order_id) => orderOf({ order_id })));
    await ssf!.drained();
    const first = await poll(id, { maxEvents: 2 });
    expect([Object.keys(first.sets), first.moreAvailable]).toEqual([['a', 'b'], true]);
    expect((await poll(id, { maxEvents: 0, setErrs: { a: { err: 'invalid_request' } } })).sets).toEqual({});
    expect(Object.keys((await poll(id, { ack: ['b'] })).sets)).toEqual(['c']);
    const counted = (await metrics.securityEvents.get()).values.map(({ labels, value }) => [labels.outcome, value]);
    expect(Object.fromEntries(counted)).toEqual({ refused: 1, delivered: 1 });
  });

  it('waits for what comes', async () => {
    await start({ poll_wait_ms_max: 10_000 });
    const id = await create();
    const waiting = poll(id, { returnImmediately: false });
    await put(orderOf());
    expect(Object.keys((await waiting).sets)).toEqual(['ord_1']);
  });

  it('tells that a revocation was taken back as a risk that is gone', async () => {
    await start();
    const id = await create();
    await put(orderOf({ state: 'undone' }));
    await ssf!.drained();
    const { sets } = await poll(id);
    expect((await verified(sets['ord_1-undone']!)).events).toMatchObject({
      [`${CAEP}risk-level-change`]: { current_level: 'LOW', previous_level: 'HIGH' },
    });
  });

  it('holds back what is paused, and drops what is disabled or more than may wait', async () => {
    await start({ events_max: 2 });
    const id = await create();
    await call('POST', '/ssf/status', { stream_id: id, status: 'paused', reason: 'maintenance' });
    expect((await call('GET', `/ssf/status?stream_id=${id}`)).body).toEqual({
      stream_id: id,
      status: 'paused',
      reason: 'maintenance',
    });
    await put(...['a', 'b', 'c'].map((order_id) => orderOf({ order_id })));
    await ssf!.drained();
    expect((await poll(id)).sets).toEqual({});
    await call('POST', '/ssf/status', { stream_id: id, status: 'enabled' });
    expect(Object.keys((await poll(id)).sets)).toEqual(['b', 'c']);
    await call('POST', '/ssf/status', { stream_id: id, status: 'disabled' });
    await put(orderOf({ order_id: 'd' }));
    await ssf!.drained();
    await call('POST', '/ssf/status', { stream_id: id, status: 'enabled' });
    expect((await poll(id)).sets).toEqual({});
  });

  it('brings a verification event with the state that was given', async () => {
    await start();
    const id = await create();
    expect((await call('POST', '/ssf/verify', { stream_id: id, state: 'abc' })).status).toBe(204);
    const [token] = Object.values((await poll(id)).sets);
    expect((await verified(token!)).events).toEqual({
      'https://schemas.openid.net/secevent/ssf/event-type/verification': { state: 'abc' },
    });
  });
});

describe('pushing', () => {
  let server: Server;
  let received: { body: string; authorization: string | undefined; type: string | undefined }[];
  let replies: number[];
  let endpoint_url: string;
  beforeEach(async () => {
    [received, replies] = [[], []];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const status = replies.shift() ?? 202;
        const { authorization, 'content-type': type } = request.headers;
        if (status === 202) received.push({ body, authorization, type });
        response.writeHead(status).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    endpoint_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });
  const delivery = (more: object = {}) => ({ delivery: { method: 'urn:ietf:rfc:8935', endpoint_url, ...more } });
  const jtis = async () => Promise.all(received.map(async ({ body }) => (await verified(body)).jti));

  it('brings events in their order, again where the receiver was busy, and never shows its secret', async () => {
    await start();
    replies = [503, 202, 429];
    const made = await call(
      'POST',
      '/ssf/streams',
      delivery({ authorization_header: 'Bearer secret-of-the-receiver' }),
    );
    expect(JSON.stringify(made.body)).not.toContain('secret-of-the-receiver');
    await put(orderOf({ order_id: 'a' }), orderOf({ order_id: 'b' }));
    await vi.waitFor(async () => expect(await jtis()).toEqual(['a', 'b']), POLL);
    expect(received[0]).toMatchObject({
      authorization: 'Bearer secret-of-the-receiver',
      type: 'application/secevent+jwt',
    });
  });

  it('does not repeat an event that is refused, and goes on with the next', async () => {
    await start();
    replies = [400];
    await create(delivery());
    await put(orderOf({ order_id: 'a' }), orderOf({ order_id: 'b' }));
    await vi.waitFor(async () => expect(await jtis()).toEqual(['b']), POLL);
  });

  it('goes on after a restart with what had not been had', async () => {
    await start();
    replies = Array(1000).fill(503);
    await create(delivery());
    await put(orderOf());
    await ssf!.drained();
    await stop();
    replies = [];
    await start();
    await vi.waitFor(async () => expect(await jtis()).toEqual(['ord_1']), POLL);
  });

  it('verifies by the same way', async () => {
    await start();
    const id = await create(delivery());
    await call('POST', '/ssf/verify', { stream_id: id, state: 'x' });
    await vi.waitFor(() => expect(received).toHaveLength(1), POLL);
  });
});
