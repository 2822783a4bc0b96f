import type { Order } from '../../../order/order.ts';

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';

/** Every type of event that an order can become. */
export const EVENT_TYPES = ['session-revoked', 'credential-change', 'risk-level-change'].map(
  (type) => `${CAEP}${type}`,
);

/** Claims of a security event token (RFC 8417). */
export type Claims = Record<string, unknown> & { jti: string; events: Record<string, unknown> };

/** RFC 9493, and `jwt_id` and `complex` of SSF 1.0. */
export type Subject = { format: string } & Record<string, unknown>;

export interface SetOptions {
  issuer: string;
  audience: string;
  /** Epoch seconds. */
  iat: number;
}

/**
 * Claims of the security event token of an order (RFC 8417, SSF 1.0): one event, a subject at the top, the order's id as `jti` over all
 * attempts. A session that is known ends (session-revoked); any other credential is revoked (credential-change), by the type that both sides
 * call `access_token`, since CAEP names none.
 */
export function claimsOf(order: Order, options: SetOptions): Claims {
  return setOf(order, order.order_id, eventOf(order), options);
}

/** That an order was taken back. CAEP has no word for a revocation that was wrong: what is told is that the risk is gone. */
export function undoneClaimsOf(order: Order, options: SetOptions): Claims {
  const levels = { current_level: 'LOW', previous_level: 'HIGH' };
  const event = { principal: 'SESSION', ...levels, risk_reason: 'revocation_undone' };
  return setOf(order, `${order.order_id}-undone`, { type: 'risk-level-change', event }, options);
}

interface CaepEvent {
  type: 'session-revoked' | 'credential-change' | 'risk-level-change';
  event: Record<string, unknown>;
}

function setOf(order: Order, jti: string, { type, event }: CaepEvent, { issuer, audience, iat }: SetOptions): Claims {
  return {
    iss: issuer,
    aud: audience,
    jti,
    iat,
    txn: order.alert_id,
    sub_id: subjectOf(order),
    events: {
      [`${CAEP}${type}`]: {
        ...event,
        event_timestamp: Math.floor(order.time / 1000),
        initiating_entity: 'policy',
        reason_admin: { en: order.why },
      },
    },
  };
}

function eventOf({ action, credential_handles }: Order): CaepEvent {
  if (action !== 'revoke')
    return { type: 'risk-level-change', event: { principal: 'SESSION', current_level: 'HIGH', risk_reason: action } };
  if ((credential_handles.sid ?? '') !== '') return { type: 'session-revoked', event: {} };
  return { type: 'credential-change', event: { credential_type: 'access_token', change_type: 'revoke' } };
}

/** The narrowest name that the receiver may know: its own session, its own token, a workload, else our fingerprint. */
export function subjectOf({ credential_handles: handles, target, target_kind }: Order): Subject {
  const { iss = '', sub = '', sid = '', jti = '', spiffe_id = '' } = handles;
  const user = iss !== '' && sub !== '' ? { format: 'iss_sub', iss, sub } : undefined;
  if (sid !== '') return { format: 'complex', session: { format: 'opaque', id: sid }, ...(user && { user }) };
  if (jti !== '' && iss !== '') return { format: 'jwt_id', iss, jti };
  if (spiffe_id !== '') return { format: 'uri', uri: spiffe_id };
  if (user !== undefined && target_kind !== 'credential') return user;
  return { format: 'opaque', id: target };
}
