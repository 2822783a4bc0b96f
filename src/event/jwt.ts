import { bareToken } from './fingerprint.ts';

const JWT = /^[\w-]{2,}\.([\w-]{4,})\.[\w-]*$/;
const TOKEN_CHARS_MAX = 16_384;
const HANDLE_CHARS_MAX = 1024;

/** Claims by which an issuer knows the token, and the names under which they are kept. */
const CLAIMS: readonly (readonly [claim: string, handle: string])[] = [
  ['jti', 'jti'],
  ['sid', 'sid'],
  ['iss', 'iss'],
  ['azp', 'client_id'],
  ['client_id', 'client_id'],
  ['sub', 'sub'],
  ['exp', 'exp'],
];

/**
 * Non-secret handles of a JWT, read without verifying it: they say which token to revoke, never that it is genuine.
 * Empty for anything else.
 */
export function jwtHandles(token: string): Map<string, string> {
  const handles = new Map<string, string>();
  const claims = claimsOf(bareToken(token));
  for (const [claim, handle] of CLAIMS) {
    const value = claims.get(claim);
    if (typeof value === 'string' && value !== '') handles.set(handle, value.slice(0, HANDLE_CHARS_MAX));
    else if (typeof value === 'number') handles.set(handle, String(value));
  }
  for (const [handle, value] of boundPod(claims.get('kubernetes.io')))
    if (typeof value === 'string' && value !== '') handles.set(handle, value.slice(0, HANDLE_CHARS_MAX));
  return handles;
}

/** The pod that a Kubernetes service account token ends with. */
function boundPod(claim: unknown): [handle: string, value: unknown][] {
  const { namespace, pod } = (claim ?? {}) as { namespace?: unknown; pod?: { name?: unknown; uid?: unknown } };
  if (typeof pod !== 'object' || pod === null) return [];
  return [
    ['namespace', namespace],
    ['pod', pod.name],
    ['pod_uid', pod.uid],
  ];
}

function claimsOf(token: string): Map<string, unknown> {
  const payload = token.length <= TOKEN_CHARS_MAX ? JWT.exec(token)?.[1] : undefined;
  if (payload === undefined) return new Map();
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return new Map(typeof claims === 'object' && claims !== null ? Object.entries(claims) : []);
  } catch {
    return new Map();
  }
}
