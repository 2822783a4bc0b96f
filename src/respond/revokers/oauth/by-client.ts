import { TriplineError } from '../../../errors.ts';
import type { Order } from '../../../order/order.ts';
import type { Receiver, RevokeResult } from '../../revoker.ts';
import { type Answer, request } from '../request.ts';
import { refusalOf, unreachable, unreached } from '../result.ts';
import { readSecret } from '../secret.ts';
import type { ClientWay, OAuthConfig } from './config.ts';

/** Orders remembered, so that one that comes again is told from a wrong token. */
const DONE_MAX = 10_000;

/** Takes the whole client away (RFC 7592), or disables it at an administrator's address. */
export function byClient(config: OAuthConfig, way: ClientWay, name: string): Receiver {
  const everyClient = way.token === undefined ? undefined : readSecret(way.token);
  const tokens = new Map(Object.entries(way.tokens).map(([client, ref]) => [client, readSecret(ref)]));
  const done = new Set<string>();
  const ask = (client_id: string, token: string, signal: AbortSignal) =>
    request({
      method: way.method,
      url: addressOf(way, client_id),
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        ...(way.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: way.body === undefined ? undefined : JSON.stringify(way.body),
      signal,
      allow_private: config.allow_private,
    });
  const revoke = async (order: Order, signal: AbortSignal): Promise<RevokeResult> => {
    const client_id = order.credential_handles.client_id ?? '';
    const token = tokens.get(client_id) ?? everyClient;
    if (!isSegment(client_id)) return { status: 'failed', detail: 'The client_id cannot stand in an address' };
    if (token === undefined)
      return { status: 'failed', detail: 'No registration access token is configured for this client' };
    const answer = await ask(client_id, token, signal).catch(unreached);
    const result = 'detail' in answer ? answer : resultOf(answer, way, done.has(order.order_id));
    if (result.status === 'accepted') remember(done, order.order_id);
    return result;
  };
  return {
    capabilities: {
      actions: way.method === 'DELETE' ? ['revoke'] : ['suspend', 'revoke'],
      targets: ['credential', 'session', 'agent_instance', 'agent'],
      handles: ['client_id'],
      undo: false,
    },
    check: (signal) => check(config, way, name, signal),
    revoke,
  };
}

function resultOf(answer: Answer, { method }: ClientWay, again: boolean): RevokeResult {
  const { status: http_status } = answer;
  const what = method === 'DELETE' ? 'deleted' : 'disabled';
  const lives = 'it gets no new token, and those it has may live on';
  if (http_status >= 200 && http_status < 300)
    return { status: 'accepted', http_status, detail: `The client is ${what}: ${lives}` };
  const gone = http_status === 404 || http_status === 410;
  // RFC 7592 answers 401 for a client that is gone, as for a token that is wrong.
  if (method === 'DELETE' && (gone || (again && http_status === 401)))
    return { status: 'accepted', http_status, detail: `The client was gone already: ${lives}` };
  if (http_status === 401)
    return {
      status: 'failed',
      http_status,
      detail: 'refused with 401: the token is wrong, or the client is gone already',
    };
  return refusalOf(answer);
}

/** What an agent said of itself must not lead to another address: RFC 6749 allows visible ASCII, and two of its texts are no names. */
function isSegment(client_id: string): boolean {
  return /^[\x21-\x7e]{1,1024}$/.test(client_id) && client_id !== '.' && client_id !== '..';
}

function addressOf({ url }: ClientWay, client_id: string): string {
  return url.replaceAll('{client_id}', () => encodeURIComponent(client_id));
}

function remember(done: Set<string>, order_id: string): void {
  done.add(order_id);
  if (done.size > DONE_MAX) done.delete(done.values().next().value!);
}

/** Asks without a token, so that no issuer takes a failed try for an attack on a client. */
async function check(
  { allow_private }: OAuthConfig,
  way: ClientWay,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  const url = new URL(addressOf(way, 'tripline-check'));
  try {
    const { status } = await request({ method: 'OPTIONS', url: url.href, headers: {}, signal, allow_private });
    if (status < 500) return `${url.origin} answers (${status})`;
  } catch (cause) {
    throw unreachable(name, cause);
  }
  throw new TriplineError('TRIPLINE_RECEIVER_FAILED', `Receiver ${name}: ${url.origin} does not work`, {
    retriable: true,
  });
}
