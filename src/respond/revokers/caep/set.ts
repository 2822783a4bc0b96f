import type { Order } from '../../../order/order.ts';

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';

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
export function claimsOf(order: Order, { issuer, audience, iat }: SetOptions): Record<string, unknown> {
  const { type, event } = eventOf(order);
  return {
    iss: issuer,
    aud: audience,
    jti: order.order_id,
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

function eventOf({ action, credential_handles }: Order): { type: string; event: Record<string, unknown> } {
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
