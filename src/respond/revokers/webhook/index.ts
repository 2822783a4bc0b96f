import { Webhook } from 'standardwebhooks';
import * as z from 'zod';
import { TriplineError } from '../../../errors.ts';
import { ACTIONS, type Order } from '../../../order/order.ts';
import { type Receiver, type RevokeResult, revoker, type Said } from '../../revoker.ts';
import { certificates } from '../certificates.ts';
import { payloadOf } from '../payload.ts';
import { type Answer, originOf, ReceiverUrl, request } from '../request.ts';
import { refusalOf, unreachable, unreached } from '../result.ts';
import { readSecret, SecretRef } from '../secret.ts';

const config = z
  .strictObject({
    type: z.literal('webhook'),
    url: ReceiverUrl.describe('Where orders are posted'),
    secrets: z
      .array(SecretRef)
      .min(1)
      .max(5)
      .describe('Signing secrets (whsec_...); every one signs, so that they can be rotated'),
    headers: z
      .record(z.string(), SecretRef)
      .default({})
      .describe('Further headers, from environment variables or files'),
    allow_private: z.boolean().default(false).describe('Whether the receiver may have a private or loopback address'),
    ca_file: z.string().min(1).optional().describe('Certificates (PEM) that the receiver is checked by'),
    client_cert_file: z.string().min(1).optional().describe('Certificate (PEM) that is shown to the receiver'),
    client_key_file: z.string().min(1).optional().describe('Its key (PEM)'),
    handles: z
      .array(z.string())
      .max(16)
      .default([])
      .describe('Handles of which the receiver needs one; none: the fingerprint is enough'),
    can_undo: z.boolean().default(false).describe('Whether the receiver can take a revocation back'),
  })
  .refine(
    ({ client_cert_file, client_key_file }) => (client_cert_file === undefined) === (client_key_file === undefined),
    {
      error: 'client_cert_file and client_key_file: expected both or neither',
    },
  );
type Config = z.output<typeof config>;

const ReceiverAnswer = z.object({ status: z.string().max(64).optional(), proof: z.unknown().optional() });

/** Posts a signed order (Standard Webhooks): the same id over all attempts, the time of each attempt. */
export const webhook = revoker({
  id: 'webhook',
  meta: {
    title: 'Signed order to an HTTP endpoint that knows how to revoke',
    tested: 'real',
    permissions: ['A shared secret; what the endpoint may do is its own affair'],
    proof: 'The later uses that it refuses; its own proof is kept with the order',
    example: { type: 'webhook', url: 'https://idp.example/revocations', secrets: [{ env: 'IDP_WEBHOOK_SECRET' }] },
  },
  config,
  create(options, name): Receiver {
    const signers = options.secrets.map((ref) => signerOf(readSecret(ref), name));
    const headers = Object.fromEntries(Object.entries(options.headers).map(([key, ref]) => [key, readSecret(ref)]));
    const tls = tlsOf(options);
    const post = (id: string, payload: object, signal: AbortSignal) => {
      const body = JSON.stringify(payload);
      return request({
        method: 'POST',
        url: options.url,
        body,
        signal,
        allow_private: options.allow_private,
        ...tls,
        headers: { ...headers, 'content-type': 'application/json', ...signatures(signers, id, body) },
      });
    };
    const ask = (type: string, id: string, order: Order, signal: AbortSignal) =>
      post(id, payloadOf(type, order), signal).then(resultOf, unreached);
    return {
      capabilities: capabilitiesOf(options),
      check: (signal) => check(options, tls, name, signal),
      revoke: (order, signal) => ask('tripline.revocation.requested', order.order_id, order, signal),
      feedback: (said, body) => feedbackOf(signers, said, body, name),
      ...(options.can_undo
        ? {
            undo: (order: Order, signal: AbortSignal) =>
              ask('tripline.revocation.undo_requested', `${order.order_id}-undo`, order, signal),
          }
        : {}),
    };
  },
});

type Tls = { ca?: string; cert?: string; key?: string };

function tlsOf({ ca_file, client_cert_file, client_key_file }: Config): Tls {
  return {
    ...(ca_file !== undefined && { ca: certificates(ca_file) }),
    ...(client_cert_file !== undefined && { cert: certificates(client_cert_file) }),
    ...(client_key_file !== undefined && { key: certificates(client_key_file) }),
  };
}

function capabilitiesOf({ handles, can_undo }: Config): Receiver['capabilities'] {
  return { actions: ACTIONS, targets: ['credential', 'session', 'agent_instance', 'agent'], handles, undo: can_undo };
}

function signerOf(secret: string, name: string): Webhook {
  // Checked here: the library takes an empty prefix and a key of one byte.
  if (!/^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/.test(secret))
    throw new TriplineError(
      'TRIPLINE_CONFIG_INVALID',
      `A secret of receiver ${name} is not a Standard Webhooks secret (whsec_ and 24 to 64 bytes in base64)`,
    );
  return new Webhook(secret);
}

const Feedback = z.object({
  type: z.literal('tripline.revocation.feedback'),
  data: z.object({
    order_id: z.string().min(1).max(256),
    status: z.enum(['confirmed', 'refused', 'undone']),
    proof: z.unknown().optional(),
    detail: z.string().max(2000).optional(),
  }),
});

/** Signed with any of the secrets, as orders are; the library refuses times that are more than five minutes off. */
function feedbackOf(
  signers: readonly Webhook[],
  headers: Readonly<Record<string, string>>,
  body: string,
  name: string,
): Said | undefined {
  if (!signers.some((signer) => isBy(signer, headers, body))) return undefined;
  try {
    const { proof, detail, ...said } = Feedback.parse(JSON.parse(body)).data;
    return {
      ...said,
      ...(detail !== undefined && { detail }),
      ...(proof !== undefined && { proof: JSON.stringify(proof).slice(0, 1000) }),
    };
  } catch (cause) {
    const why =
      cause instanceof z.ZodError ? `${cause.issues[0]?.path.join('.')}: ${cause.issues[0]?.message}` : 'no JSON';
    throw new TriplineError('TRIPLINE_INPUT_UNREADABLE', `Feedback of ${name} cannot be read: ${why}`, { cause });
  }
}

function isBy(signer: Webhook, headers: Readonly<Record<string, string>>, body: string): boolean {
  try {
    signer.verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

/** Every secret signs the exact bytes that are sent; the receiver takes the one it knows. */
function signatures(signers: readonly Webhook[], id: string, body: string): Record<string, string> {
  const now = new Date();
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': signers.map((signer) => signer.sign(id, now, body)).join(' '),
  };
}

/** The status decides, never a text. What the body says is kept, bounded, as the receiver's word. */
function resultOf({ status, headers, body }: Answer): RevokeResult {
  if (status >= 200 && status < 300) {
    const said = wordOf(body);
    return { status: 'accepted', http_status: status, ...said };
  }
  return refusalOf({ status, headers, body });
}

function wordOf(body: string): { proof?: string; detail?: string } {
  try {
    const { status, proof } = ReceiverAnswer.parse(JSON.parse(body));
    return {
      ...(status === undefined ? {} : { detail: status }),
      ...(proof === undefined ? {} : { proof: JSON.stringify(proof).slice(0, 1000) }),
    };
  } catch {
    return {};
  }
}

/** An OPTIONS request does nothing, and shows whether somebody is there. */
async function check({ url, allow_private }: Config, tls: Tls, name: string, signal: AbortSignal): Promise<string> {
  try {
    const { status } = await request({ method: 'OPTIONS', url, headers: {}, signal, allow_private, ...tls });
    return `${originOf(url)} answers (${status})`;
  } catch (cause) {
    throw unreachable(name, cause);
  }
}
