import * as z from 'zod';
import { type Answer, request } from '../request.ts';
import { readSecret } from '../secret.ts';
import type { OAuthConfig } from './config.ts';

/** Posts a form as the configured client. */
export type Post = (url: string, form: Record<string, string>, signal: AbortSignal) => Promise<Answer>;

/** @throws TriplineError TRIPLINE_CONFIG_INVALID when the secret is missing */
export function createPost(config: OAuthConfig): Post {
  const { client_id = '', client_secret, client_auth, allow_private } = config;
  const secret = client_secret === undefined ? '' : readSecret(client_secret);
  const basic = client_auth === 'client_secret_basic';
  const headers = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    ...(basic ? { authorization: basicOf(client_id, secret) } : {}),
  };
  const login: Record<string, string> = basic ? {} : { client_id, client_secret: secret };
  return (url, form, signal) => {
    const body = new URLSearchParams({ ...form, ...login }).toString();
    return request({ method: 'POST', url, headers, body, signal, allow_private });
  };
}

/** RFC 6749 section 2.3.1: both parts are form-encoded before they are joined. */
function basicOf(client_id: string, secret: string): string {
  const encoded = (text: string) => new URLSearchParams({ t: text }).toString().slice(2);
  return `Basic ${Buffer.from(`${encoded(client_id)}:${encoded(secret)}`).toString('base64')}`;
}

const OAuthError = z.object({ error: z.string().regex(/^[a-z_]{1,64}$/) });

/** The error code of an OAuth answer. Its description is free text that may repeat what was sent, and is not read. */
export function errorCode({ body }: Answer): string | undefined {
  try {
    return OAuthError.parse(JSON.parse(body)).error;
  } catch {
    return undefined;
  }
}

const Introspection = z.object({ active: z.boolean() });

/** RFC 7662: is it active? Undefined when the issuer does not say. Never rejects: this is evidence, not the deed. */
export async function isActive(
  post: Post,
  url: string | undefined,
  form: Record<string, string>,
  timeout_ms: number,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  if (url === undefined) return undefined;
  try {
    const { status, body } = await post(url, form, AbortSignal.any([signal, AbortSignal.timeout(timeout_ms)]));
    return status === 200 ? Introspection.parse(JSON.parse(body)).active : undefined;
  } catch {
    return undefined;
  }
}
