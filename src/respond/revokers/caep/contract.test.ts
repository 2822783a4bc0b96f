import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import type { Order } from '../../../order/order.ts';
import { openSigner } from '../../../signing/signer.ts';
import { testRevoker } from '../contract.ts';
import { orderOf, patient, type Received, recorded } from '../testing.ts';
import { caep } from './index.ts';
import { claimsOf, subjectOf } from './set.ts';

const AUTHORIZATION = 'Bearer given-by-the-receiver';
const AUDIENCE = 'https://idp.example';
const ISSUER = 'https://tripline.example';

/** A receiver that follows RFC 8935 and SSF 1.0 and knows nothing of ours but the key set. */
async function prepared() {
  process.env.CONTRACT_CAEP = AUTHORIZATION;
  process.env.CONTRACT_WRONG = 'Bearer another';
  const dir = await mkdtemp(join(tmpdir(), 'tripline-caep-'));
  const signer = await openSigner({ dir, rotate_after_ms: 1e9, publish_ahead_ms: 0, overlap_ms: 0 });
  const seen = new Map<string, Record<string, unknown>>();
  const server = await recorded(({ method, headers }) => {
    if (method === 'OPTIONS') return { status: 204 };
    if (headers.authorization !== AUTHORIZATION) return { status: 401 };
    if (headers['content-type'] !== 'application/secevent+jwt')
      return { status: 400, body: { err: 'invalid_request', description: 'x' } };
    return { status: 202 };
  });
  /** Verified as the specifications say; the events that count are those that pass. */
  const accept = async ({ body }: Received) => {
    const { payload } = await jwtVerify(body, createLocalJWKSet(await signer.jwks()), {
      issuer: ISSUER,
      audience: AUDIENCE,
      typ: 'secevent+jwt',
    });
    seen.set(payload.jti!, payload);
  };
  const received = async () => {
    for (const request of server.received)
      if (request.method === 'POST' && request.headers.authorization === AUTHORIZATION) await accept(request);
    return seen;
  };
  const open = (env: string) =>
    caep.create(
      caep.config.parse({
        type: 'caep',
        url: server.url,
        issuer: ISSUER,
        audience: AUDIENCE,
        authorization: { env },
        allow_private: true,
      }),
      'contract',
      { signer },
    );
  const close = async () => {
    await server.close();
    await rm(dir, { recursive: true });
  };
  return { server, seen, received, open, close };
}

testRevoker(caep, async () => {
  const { server, seen, received, open, close } = await prepared();
  const order = orderOf();
  return {
    receiver: open('CONTRACT_CAEP'),
    stranger: open('CONTRACT_WRONG'),
    order,
    isGone: async () => server.open && (await received()).has(order.order_id),
    acted: () => seen.size,
    down: async () => {
      server.open = false;
      server.received.splice(0);
    },
    up: async () => {
      server.open = true;
      server.received.splice(0);
    },
    secrets: ['given-by-the-receiver'],
    close,
  };
});

describe('the security event of an order', () => {
  const handles = (credential_handles: Record<string, string>): Order => orderOf({ credential_handles });
  const session = handles({ sid: 's1', iss: 'https://idp.example', sub: 'ann', jti: 'j1' });

  it('has one event, its subject at the top, the order as jti and the alert as txn', () => {
    const claims = claimsOf(session, { issuer: ISSUER, audience: AUDIENCE, iat: 7 });
    expect(claims).toEqual({
      iss: ISSUER,
      aud: AUDIENCE,
      jti: session.order_id,
      iat: 7,
      txn: 'alr_1',
      sub_id: {
        format: 'complex',
        session: { format: 'opaque', id: 's1' },
        user: { format: 'iss_sub', iss: 'https://idp.example', sub: 'ann' },
      },
      events: {
        'https://schemas.openid.net/secevent/caep/event-type/session-revoked': {
          event_timestamp: Math.floor(session.time / 1000),
          initiating_entity: 'policy',
          reason_admin: { en: session.why },
        },
      },
    });
    expect(Object.keys(claims)).not.toContain('sub');
  });

  it.each<[what: string, order: Order, type: string]>([
    ['a session', session, 'session-revoked'],
    ['another credential', handles({ jti: 'j1', iss: 'https://idp.example' }), 'credential-change'],
    ['what is not revoked', { ...session, action: 'step_up' }, 'risk-level-change'],
  ])('is, of %s, %s', (_, order, type) => {
    const { events } = claimsOf(order, { issuer: ISSUER, audience: AUDIENCE, iat: 7 });
    expect(Object.keys(events as object)).toEqual([`https://schemas.openid.net/secevent/caep/event-type/${type}`]);
  });

  it.each<[handles: Record<string, string>, subject: object]>([
    [
      { jti: 'j1', iss: 'https://i' },
      { format: 'jwt_id', iss: 'https://i', jti: 'j1' },
    ],
    [{ spiffe_id: 'spiffe://x/y' }, { format: 'uri', uri: 'spiffe://x/y' }],
    [{}, { format: 'opaque', id: 'jwt:abc' }],
    [
      { iss: 'https://i', sub: 'ann' },
      { format: 'opaque', id: 'jwt:abc' },
    ],
  ])('names by %j the subject %j', (known, subject) => {
    expect(subjectOf(handles(known))).toEqual(subject);
  });

  it('that the receiver refuses says by which code, and never in its words', async () => {
    const { server, open, close } = await prepared();
    server.instead = () => ({ status: 400, body: { err: 'invalid_audience', description: 'my secret words' } });
    expect(await open('CONTRACT_CAEP').revoke(session, patient())).toEqual({
      status: 'failed',
      http_status: 400,
      detail: 'refused with 400: invalid_audience',
    });
    await close();
  });
});
