import * as z from 'zod';
import { TriplineError } from '../../../errors.ts';
import type { Order } from '../../../order/order.ts';
import { type Receiver, type RevokeResult, revoker } from '../../revoker.ts';
import { type Api, createApi, isGood } from '../api.ts';
import { originOf, ReceiverUrl } from '../request.ts';
import { refusalOf, unreachable, unreached } from '../result.ts';
import { readSecret, SecretRef } from '../secret.ts';

const config = z.strictObject({
  type: z.literal('vault'),
  url: ReceiverUrl.describe('Address of Vault, without /v1'),
  token: SecretRef.describe('Token of Tripline'),
  namespace: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[\x21-\x7e]+$/, 'expected visible characters')
    .optional()
    .describe('Namespace (X-Vault-Namespace)'),
  allow_private: z.boolean().default(false).describe('Whether Vault may have a private or loopback address'),
});

/** Revokes a token by its accessor, or a lease by its id; a token takes its leases and children with it. */
export const vault = revoker({
  id: 'vault',
  meta: {
    title: 'Token or lease of HashiCorp Vault',
    tested: 'recorded',
    permissions: [
      'accessor: update on auth/token/revoke-accessor and auth/token/lookup-accessor',
      'lease_id: update on sys/leases/revoke and sys/leases/lookup',
    ],
    proof:
      'That Vault no longer finds the accessor or the lease is kept with the order; then the later uses that it refuses',
    example: { type: 'vault', url: 'https://vault.example', token: { file: '/run/secrets/vault-token' } },
  },
  config,
  create(options, name): Receiver {
    const token = readSecret(options.token);
    const api = createApi({
      url: `${options.url.replace(/\/+$/, '')}/v1`,
      headers: () => ({
        'x-vault-token': token,
        ...(options.namespace === undefined ? {} : { 'x-vault-namespace': options.namespace }),
      }),
      allow_private: options.allow_private,
    });
    return {
      capabilities: {
        actions: ['revoke'],
        targets: ['credential', 'session', 'agent_instance', 'agent'],
        handles: ['accessor', 'lease_id'],
        undo: false,
      },
      check: (signal) => check(api, options.url, name, signal),
      revoke: (order, signal) => revoke(api, order, signal).catch(unreached),
    };
  },
});

interface Way {
  revoke: [method: string, path: string, body: object];
  lookup: [method: string, path: string, body: object];
}

/** The accessor where there is one: it names the token itself. */
function wayOf({ accessor = '', lease_id = '' }: Order['credential_handles']): Way | undefined {
  if (accessor !== '')
    return {
      revoke: ['POST', '/auth/token/revoke-accessor', { accessor }],
      lookup: ['POST', '/auth/token/lookup-accessor', { accessor }],
    };
  if (lease_id === '') return undefined;
  return {
    revoke: ['PUT', '/sys/leases/revoke', { lease_id, sync: true }],
    lookup: ['PUT', '/sys/leases/lookup', { lease_id }],
  };
}

const GONE: readonly number[] = [400, 404];

/** Vault answers 400 or 404 for what it does not know, and 403 for what the token may not do. */
async function revoke(api: Api, { credential_handles }: Order, signal: AbortSignal): Promise<RevokeResult> {
  const way = wayOf(credential_handles);
  if (way === undefined) return { status: 'failed', detail: 'No accessor and no lease_id is known' };
  const ask = ([method, path, body]: Way['revoke']) => api(method, path, signal, body);
  const before = await ask(way.lookup);
  // Without the right to look, the revocation itself tells.
  if (GONE.includes(before.status))
    return {
      status: 'accepted',
      http_status: before.status,
      detail: 'It was gone already',
      proof: proofOf(before.status),
    };
  const answer = await ask(way.revoke);
  if (GONE.includes(answer.status))
    return { status: 'accepted', http_status: answer.status, detail: 'It was gone already' };
  if (!isGood(answer)) return refusalOf(answer);
  const after = await ask(way.lookup).catch(() => undefined);
  const proven = after !== undefined && GONE.includes(after.status) && isGood(before);
  return {
    status: 'accepted',
    http_status: answer.status,
    detail: 'It is revoked',
    ...(proven && { proof: proofOf(after.status) }),
  };
}

function proofOf(status: number): string {
  return JSON.stringify({ lookup: status });
}

/** Reads about Tripline's own token. */
async function check(api: Api, url: string, name: string, signal: AbortSignal): Promise<string> {
  const answer = await api('GET', '/auth/token/lookup-self', signal).catch((cause: unknown) => {
    throw unreachable(name, cause);
  });
  if (isGood(answer)) return `${originOf(url)} answers, and knows the token`;
  const { status, detail } = refusalOf(answer);
  throw new TriplineError('TRIPLINE_RECEIVER_FAILED', `Receiver ${name} ${detail}`, { retriable: status === 'retry' });
}
