import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { pino } from 'pino';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseConfig } from '../src/config/config.ts';
import { loadPolicy } from '../src/respond/policy.ts';
import { openDoors } from '../src/run/server.ts';
import { openTripline, type Tripline } from '../src/run/tripline.ts';
import { openReceiver, type SandboxReceiver } from '../src/selftest/receiver.ts';
import { postStorm } from './support/storm.ts';

/** A gateway that asks Tripline, which has revoked one credential, holds the order about another, and has taken a third one back. */
const SECRET = 'REVOCATIONS_WEBHOOK_SECRET';
const POLICY = `
version: 1
defaults: { mode: enforce, receivers: [idp] }
rules:
  - { name: ask, match: { agent: held }, mode: approve, target: credential }
  - { name: act, target: credential }
`;
const POLL = { timeout: 30_000, interval: 50 };
const dir = mkdtempSync(join(tmpdir(), 'tripline-revocations-'));
let tripline: Tripline;
let receiver: SandboxReceiver;
let door: string;
let api: string;

beforeAll(async () => {
  receiver = await openReceiver();
  process.env[SECRET] = receiver.secret;
  const idp = { type: 'webhook', url: receiver.url, secrets: [{ env: SECRET }], allow_private: true, can_undo: true };
  process.env.REVOCATIONS_SSF_TOKEN = 'token-of-the-gateway';
  const ssf = {
    issuer: 'https://tripline.example',
    receivers: { gateway: { token: { env: 'REVOCATIONS_SSF_TOKEN' }, audience: 'gateway' } },
  };
  const config = parseConfig(
    { data_dir: dir, ingest: { port: 0 }, serve: { port: 0 }, respond: { receivers: { idp } }, ssf },
    'test',
  );
  tripline = await openTripline({ config, policy: loadPolicy(POLICY), logger: pino({ level: 'silent' }) });
  const doors = await openDoors(tripline);
  [door, api] = [doors.ingest.url, doors.serve.url];
});
afterAll(async () => {
  await tripline.close();
  await receiver.close();
  delete process.env[SECRET];
  rmSync(dir, { recursive: true });
});

async function storm(agent_id: string): Promise<void> {
  await postStorm(door, agent_id);
  await tripline.settled();
}
const list = (headers: Record<string, string> = {}) => fetch(`${api}/revocations/list`, { headers });
const introspect = async (credential: string) => {
  const body = new URLSearchParams({ token: credential });
  return (await (await fetch(`${api}/introspect`, { method: 'POST', body })).json()) as Record<string, unknown>;
};
async function verified(token: string) {
  const keys = createRemoteJWKSet(new URL(`${api}/.well-known/jwks.json`));
  const { payload } = await jwtVerify(token, keys, { typ: 'tripline-revocations+jwt' });
  return (payload as unknown as { revoked: { target: string; state: string }[] }).revoked;
}

describe('what is revoked', () => {
  it('is told to whoever made a stream, by polling the door', async () => {
    const ask = async (path: string, body: object) => {
      const headers = { authorization: 'Bearer token-of-the-gateway', 'content-type': 'application/json' };
      const answer = await fetch(`${door}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      return (await answer.json()) as { stream_id: string; sets: Record<string, string> };
    };
    const { stream_id } = await ask('/ssf/streams', {});
    await storm('streamed');
    const { order_id } = tripline.respond.revoked('test:streamed')[0]!;
    const { sets } = await ask(`/ssf/poll/${stream_id}`, {});
    const keys = createRemoteJWKSet(new URL(`${door}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(sets[order_id]!, keys, { audience: 'gateway', typ: 'secevent+jwt' });
    expect(payload).toMatchObject({ jti: order_id, iss: 'https://tripline.example' });
    await vi.waitFor(() => expect(tripline.respond.status().orders).toEqual({ accepted: 1 }), POLL);
    await tripline.respond.people.undo(order_id, { who: 'ann', why: 'a test', false_alarm: true });
    await vi.waitFor(() => expect(tripline.respond.status().orders).toEqual({ undone: 1 }), POLL);
  });

  it('is empty at first, and signed all the same', async () => {
    const answer = await list();
    expect(answer.headers.get('content-type')).toContain('application/jwt');
    expect(await verified(await answer.text())).toEqual([]);
    expect(await introspect('test:gone')).toEqual({ revoked: false });
  });

  it('is listed as soon as an order has left, and not what is only held', async () => {
    await storm('gone');
    await storm('held');
    await vi.waitFor(async () => {
      const revoked = await verified(await (await list()).text());
      expect(revoked).toMatchObject([
        {
          target_kind: 'credential',
          target: 'test:gone',
          credential_handles: { token_id: 'id-of-gone' },
          action: 'revoke',
          state: 'accepted',
        },
      ]);
    }, POLL);
    expect(await introspect('test:gone')).toMatchObject({ active: false, revoked: true, target: 'test:gone' });
    expect(await introspect('test:held')).toEqual({ revoked: false });
  });

  it('is sent again only when it has changed', async () => {
    const etag = (await list()).headers.get('etag')!;
    const again = await list({ 'if-none-match': etag });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect((await list({ 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('is heard of again by the receiver, who signs at the door', async () => {
    const { order_id } = tripline.respond.revoked('test:gone')[0]!;
    const say = (body: string, signed: string) => {
      const at = new Date();
      const headers = {
        'webhook-id': 'msg_1',
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Webhook(receiver.secret).sign('msg_1', at, signed),
        'content-type': 'application/json',
      };
      return fetch(`${door}/v1/feedback`, { method: 'POST', headers, body });
    };
    const body = JSON.stringify({ type: 'tripline.revocation.feedback', data: { order_id, status: 'confirmed' } });
    const heard = await say(body, body);
    expect([heard.status, await heard.json()]).toEqual([200, { order_id, state: 'accepted', changed: false }]);
    expect((await say(body, `${body} `)).status).toBe(401);
  });

  it('is taken off the list when it is undone', async () => {
    const [found] = tripline.respond.revoked('test:gone');
    await tripline.respond.people.undo(found!.order_id, { who: 'ann', why: 'a test', false_alarm: true });
    await vi.waitFor(async () => expect(await verified(await (await list()).text())).toEqual([]), POLL);
    expect(await introspect('test:gone')).toEqual({ revoked: false });
  });

  it('refuses a question that is none', async () => {
    const headers = { 'content-type': 'application/json' };
    const ask = (body: string) => fetch(`${api}/introspect`, { method: 'POST', headers, body });
    expect((await ask('{}')).status).toBe(400);
    expect((await ask('{"credential":7}')).status).toBe(400);
    expect((await ask('{"credential":"test:x"}')).status).toBe(200);
  });
});
