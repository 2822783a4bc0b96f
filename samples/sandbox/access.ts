import type { FastifyRequest } from 'fastify';
import type { Introspection } from './issuer-client.ts';
import type { Answer } from './resources/resource.ts';

/** One request at the gateway: what its access log holds. The raw token leaves only through the door, which fingerprints it. */
export interface Access {
  time: number;
  token: string;
  introspection: Introspection;
  target: string;
  method: string;
  status: number;
  source_ip: string;
  user_agent: string;
}

/** Agents of one machine state the address they would have. Believed here only: a real gateway knows it from the connection. */
export const ADDRESS_HEADER = 'x-sandbox-address';

export function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer ([\w.~+/-]+=*)$/.exec(request.headers.authorization ?? '')?.[1];
}

/** Why a token does not open this door, or undefined when it does (RFC 6750 section 3.1). */
export function refusal(introspection: Introspection, scope: string): Answer | undefined {
  if (!introspection.active)
    return { status: 401, body: { error: 'invalid_token', message: 'The token is not active' } };
  if (introspection.scope?.split(' ').includes(scope)) return undefined;
  return { status: 403, body: { error: 'insufficient_scope', message: `The token lacks ${scope}` } };
}

export function accessOf(request: FastifyRequest, token: string, introspection: Introspection): Omit<Access, 'status'> {
  const stated = request.headers[ADDRESS_HEADER];
  return {
    time: Date.now(),
    token,
    introspection,
    target: new URL(request.url, 'http://gateway').pathname.slice(1),
    method: request.method,
    source_ip: typeof stated === 'string' ? stated : request.ip,
    user_agent: request.headers['user-agent'] ?? 'unknown',
  };
}
