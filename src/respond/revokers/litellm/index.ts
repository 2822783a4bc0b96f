import * as z from 'zod';
import { TriplineError } from '../../../errors.ts';
import type { Order } from '../../../order/order.ts';
import { type Receiver, type RevokeResult, revoker } from '../../revoker.ts';
import { type Api, createApi, isGood, jsonOf } from '../api.ts';
import { originOf, ReceiverUrl } from '../request.ts';
import { refusalOf, unreachable, unreached } from '../result.ts';
import { readSecret, SecretRef } from '../secret.ts';

const config = z.strictObject({
  type: z.literal('litellm'),
  url: ReceiverUrl.describe('Address of the proxy'),
  master_key: SecretRef.describe('Master key, or a key that may manage keys'),
  allow_private: z.boolean().default(false).describe('Whether the proxy may have a private or loopback address'),
});

/** Blocks a virtual key of a LiteLLM proxy: by its hash, which is what the proxy itself keeps. */
export const litellm = revoker({
  id: 'litellm',
  meta: {
    title: 'Virtual key of a LiteLLM proxy',
    tested: 'recorded',
    permissions: ['/key/block, /key/unblock and /key/info: the master key, or a key of a proxy administrator'],
    proof:
      'That /key/info reads the key as blocked afterwards is kept with the order; then the later uses that it refuses',
    example: { type: 'litellm', url: 'https://llm.example', master_key: { env: 'LITELLM_MASTER_KEY' } },
  },
  config,
  create(options, name): Receiver {
    const key = readSecret(options.master_key);
    const { url, allow_private } = options;
    const api = createApi({ url, allow_private, headers: () => ({ authorization: `Bearer ${key}` }) });
    return {
      capabilities: {
        actions: ['suspend', 'revoke'],
        targets: ['credential', 'session', 'agent_instance', 'agent'],
        handles: ['token_id'],
        undo: true,
      },
      check: (signal) => check(api, url, name, signal),
      revoke: (order, signal) => set(api, order, true, signal).catch(unreached),
      undo: (order, signal) => set(api, order, false, signal).catch(unreached),
    };
  },
});

const Info = z.object({ info: z.object({ blocked: z.boolean().nullish() }) });

async function set(api: Api, order: Order, blocked: boolean, signal: AbortSignal): Promise<RevokeResult> {
  const key = order.credential_handles.token_id ?? '';
  // A raw key (sk-...) must never be here: only its SHA-256 is.
  if (!/^[0-9a-f]{64}$/.test(key)) return { status: 'failed', detail: 'The token_id is not the hash of a virtual key' };
  const read = () => api('GET', `/key/info?key=${key}`, signal);
  const before = await read();
  if (before.status === 404)
    return blocked
      ? { status: 'accepted', http_status: 404, detail: 'There is no such key' }
      : { status: 'failed', http_status: 404, detail: 'There is no such key any more' };
  if (!isGood(before)) return refusalOf(before);
  if (isBlocked(before) !== blocked) {
    const answer = await api('POST', blocked ? '/key/block' : '/key/unblock', signal, { key });
    if (!isGood(answer)) return refusalOf(answer);
  }
  const after = isBlocked(await read());
  if (after === !blocked) return { status: 'retry', detail: 'the key did not change' };
  const detail = blocked ? 'The key is blocked' : 'The key is unblocked';
  return {
    status: 'accepted',
    http_status: 200,
    detail,
    ...(after === blocked && { proof: JSON.stringify({ blocked }) }),
  };
}

/** Undefined where the proxy does not say. */
function isBlocked(answer: Parameters<typeof jsonOf>[0]): boolean | undefined {
  const read = Info.safeParse(jsonOf(answer));
  return isGood(answer) && read.success ? (read.data.info.blocked ?? false) : undefined;
}

async function check(api: Api, url: string, name: string, signal: AbortSignal): Promise<string> {
  const answer = await api('GET', '/key/list?size=1', signal).catch((cause: unknown) => {
    throw unreachable(name, cause);
  });
  if (isGood(answer)) return `${originOf(url)} answers, and lets the key manage keys`;
  const { status, detail } = refusalOf(answer);
  throw new TriplineError('TRIPLINE_RECEIVER_FAILED', `Receiver ${name} ${detail}`, { retriable: status === 'retry' });
}
