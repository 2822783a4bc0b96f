import * as z from 'zod';
import { TriplineError } from '../../../errors.ts';
import type { Order } from '../../../order/order.ts';
import type { Receiver, RevokeResult } from '../../revoker.ts';
import { type Answer, request } from '../request.ts';
import { refusalOf, unreached } from '../result.ts';
import { readSecret } from '../secret.ts';
import { createPost, errorCode, isActive, type Post } from './calls.ts';
import type { OAuthConfig, TokenWay } from './config.ts';
import { createMetadata, type Endpoints } from './metadata.ts';

type NotAccepted = Exclude<RevokeResult, { status: 'accepted' }>;
type Form = Record<string, string>;

const Sourced = z.object({
  token: z.string().min(1).max(16_384),
  token_type_hint: z.enum(['access_token', 'refresh_token']).optional(),
});

/** Revokes one token: asks the operator's source for it, holds it for the length of the call, and keeps it nowhere. */
export function byToken(config: OAuthConfig, way: TokenWay, name: string): Receiver {
  const post = createPost(config);
  const metadata = createMetadata(config, name);
  const fetchToken = createSource(config, way);
  const act = async (order: Order, signal: AbortSignal): Promise<RevokeResult> => {
    const endpoints = await metadata.endpoints(signal);
    const sourced = await fetchToken(order, signal);
    if ('status' in sourced) return sourced;
    const result = await revoke(post, endpoints, sourced.form, way.introspection_timeout_ms, signal);
    if (result.status === 'failed') metadata.forget();
    return result;
  };
  return {
    capabilities: { actions: ['revoke'], targets: ['credential'], handles: way.handles, undo: false },
    async check(signal) {
      const { revocation, introspection } = await metadata.endpoints(signal);
      return `tokens are revoked at ${new URL(revocation).origin}${introspection === undefined ? ', without introspection' : ''}`;
    },
    revoke: (order, signal) => act(order, signal).catch(failureOf),
  };
}

/** What was thrown on the way. An error of ours carries its own sentence, any other only its code. */
function failureOf(error: unknown): RevokeResult {
  if (!(error instanceof TriplineError)) return unreached(error);
  return { status: error.retriable ? 'retry' : 'failed', detail: error.message };
}

/** Before and after: an issuer calls tokens that a caller may not see inactive, which alone would prove nothing. */
async function revoke(
  post: Post,
  { revocation, introspection }: Endpoints,
  form: Form,
  timeout_ms: number,
  signal: AbortSignal,
): Promise<RevokeResult> {
  const before = await isActive(post, introspection, form, timeout_ms, signal);
  const answer = await post(revocation, form, signal);
  if (answer.status < 200 || answer.status >= 300) return refused(answer);
  const after = await isActive(post, introspection, form, timeout_ms, signal);
  const http_status = answer.status;
  if (after === true) return { status: 'retry', http_status, detail: 'said yes, and still calls the token active' };
  if (before && after === false) {
    const proof = JSON.stringify({ active_before: true, active: false, checked: new Date().toISOString() });
    return { status: 'accepted', http_status, proof, detail: 'The issuer called it active before, and inactive after' };
  }
  const seen =
    before === false ? 'called it inactive before, or does not show it to this client' : 'was not asked about it';
  return { status: 'accepted', http_status, detail: `The issuer said yes; it ${seen}` };
}

function refused(answer: Answer): NotAccepted {
  const code = errorCode(answer);
  const result = refusalOf(answer);
  if (code === undefined || result.status === 'retry') return result;
  const hint = code === 'invalid_client' ? ': client_id, client_secret or client_auth of this receiver is wrong' : '';
  return { ...result, detail: `${result.detail} (${code})${hint}` };
}

function createSource({ allow_private }: OAuthConfig, { source_url, source_headers }: TokenWay) {
  const secrets = Object.entries(source_headers).map(([key, ref]) => [key, readSecret(ref)] as const);
  const headers = { ...Object.fromEntries(secrets), accept: 'application/json', 'content-type': 'application/json' };
  return async (order: Order, signal: AbortSignal): Promise<{ form: Form } | NotAccepted> => {
    const { order_id, tenant, credential, credential_handles } = order;
    const body = JSON.stringify({ order_id, tenant, credential, credential_handles });
    const answer = await request({ method: 'POST', url: source_url, headers, body, signal, allow_private }).catch(
      unreached,
    );
    if ('detail' in answer) return { ...answer, detail: `The token source ${answer.detail}` };
    if (answer.status === 404)
      return { status: 'failed', http_status: 404, detail: 'The token source has no such token' };
    if (answer.status !== 200) {
      const result = refusalOf(answer);
      return { ...result, detail: `The token source ${result.detail}` };
    }
    const form = formOf(answer.body);
    return form === undefined ? { status: 'failed', detail: 'The token source answered no token' } : { form };
  };
}

function formOf(body: string): Form | undefined {
  try {
    return { ...Sourced.parse(JSON.parse(body)) };
  } catch {
    return undefined;
  }
}
