import type { Signer } from '../../../signing/signer.ts';
import { type Answer, request } from '../request.ts';
import { type NotAccepted, unreached } from '../result.ts';

export interface Endpoint {
  url: string;
  /** Authorization header that the receiver gave. */
  authorization?: string;
  allow_private: boolean;
}

export const SET_TYP = 'secevent+jwt';

/** Signs a security event and pushes it (RFC 8935). Never rejects for what the receiver did. */
export async function pushSet(
  signer: Signer,
  claims: Record<string, unknown>,
  { url, authorization, allow_private }: Endpoint,
  signal: AbortSignal,
): Promise<Answer | NotAccepted> {
  const body = await signer.sign(claims, SET_TYP);
  const headers = {
    'content-type': 'application/secevent+jwt',
    accept: 'application/json',
    ...(authorization !== undefined && { authorization }),
  };
  return request({ method: 'POST', url, headers, body, signal, allow_private }).catch(unreached);
}
