import assert from 'node:assert';
import * as z from 'zod';
import { TriplineError } from '../../../errors.ts';
import type { Order } from '../../../order/order.ts';
import { type Receiver, type RevokeResult, revoker } from '../../revoker.ts';
import { isGood } from '../api.ts';
import { originOf, ReceiverUrl, request } from '../request.ts';
import { refusalOf, unreachable } from '../result.ts';
import { readSecret, SecretRef } from '../secret.ts';
import { pushSet } from './push.ts';
import { claimsOf } from './set.ts';

const config = z.strictObject({
  type: z.literal('caep'),
  url: ReceiverUrl.describe("The receiver's push endpoint (RFC 8935)"),
  issuer: ReceiverUrl.describe('Address that Tripline is known by; its keys are at issuer/.well-known/jwks.json'),
  audience: z.string().min(1).max(2048).describe('What the receiver expects as aud'),
  authorization: SecretRef.optional().describe('Authorization header that the receiver gave'),
  allow_private: z.boolean().default(false).describe('Whether the receiver may have a private or loopback address'),
});

/** Pushes signed security events (Shared Signals Framework 1.0, CAEP 1.0) to whoever follows those specifications. */
export const caep = revoker({
  id: 'caep',
  meta: {
    title: 'Receiver of security events (Shared Signals, CAEP)',
    tested: 'recorded',
    permissions: ['A push endpoint, and the value of its Authorization header where it wants one'],
    proof: 'The later uses that are refused: 202 says that the event came, and not what became of it',
    example: {
      type: 'caep',
      url: 'https://idp.example/ssf/push',
      issuer: 'https://tripline.example',
      audience: 'https://idp.example',
      authorization: { env: 'IDP_SSF_AUTHORIZATION' },
    },
  },
  config,
  create(options, name, tools): Receiver {
    assert(tools !== undefined, 'a caep receiver signs');
    const { url, issuer, audience, allow_private } = options;
    const authorization = options.authorization && readSecret(options.authorization);
    const endpoint = { url, allow_private, ...(authorization !== undefined && { authorization }) };
    return {
      capabilities: {
        actions: ['revoke', 'step_up', 'throttle', 'notify'],
        targets: ['credential', 'session', 'agent_instance', 'agent'],
        handles: [],
        undo: false,
      },
      check: (signal) => check(url, allow_private, name, signal),
      async revoke(order: Order, signal): Promise<RevokeResult> {
        const claims = claimsOf(order, { issuer, audience, iat: Math.floor(Date.now() / 1000) });
        const answer = await pushSet(tools.signer, claims, endpoint, signal);
        if ('detail' in answer) return answer;
        if (isGood(answer)) return { status: 'accepted', http_status: answer.status, detail: 'The event came' };
        return { ...refusalOf(answer), ...errorOf(answer.body) };
      },
    };
  },
});

const Refused = z.object({ err: z.string().regex(/^[a-z_]{1,64}$/) });

/** RFC 8935 names what is wrong by a code; its description is free text and is not read. */
function errorOf(body: string): { detail?: string } {
  try {
    return { detail: `refused with 400: ${Refused.parse(JSON.parse(body)).err}` };
  } catch {
    return {};
  }
}

async function check(url: string, allow_private: boolean, name: string, signal: AbortSignal): Promise<string> {
  const answer = await request({ method: 'OPTIONS', url, headers: {}, signal, allow_private }).catch((cause) => {
    throw unreachable(name, cause);
  });
  if (answer.status < 500) return `${originOf(url)} answers (${answer.status})`;
  throw new TriplineError('TRIPLINE_RECEIVER_FAILED', `Receiver ${name}: ${originOf(url)} does not work`, {
    retriable: true,
  });
}
