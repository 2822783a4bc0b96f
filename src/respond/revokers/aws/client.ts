import http from 'node:http';
import https from 'node:https';
import { IAMClient } from '@aws-sdk/client-iam';
import type { RevokeResult } from '../../revoker.ts';
import { AddressRefused, publicLookup } from '../request.ts';
import { refusalOf, unreached } from '../result.ts';
import { readSecret } from '../secret.ts';
import type { AwsConfig } from './config.ts';

/** The SDK's client: one attempt, since the order is tried again by itself, and to public addresses only unless that is allowed. */
export function createIam(config: AwsConfig): IAMClient {
  const { region, endpoint, access_key_id, secret_access_key, session_token, allow_private } = config;
  const agent = allow_private ? { keepAlive: true } : { keepAlive: true, lookup: publicLookup };
  return new IAMClient({
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...(access_key_id !== undefined && {
      credentials: {
        accessKeyId: readSecret(access_key_id),
        secretAccessKey: readSecret(secret_access_key!),
        ...(session_token !== undefined && { sessionToken: readSecret(session_token) }),
      },
    }),
    maxAttempts: 1,
    requestHandler: { httpAgent: new http.Agent(agent), httpsAgent: new https.Agent(agent) },
  });
}

interface AwsError extends Error {
  $metadata?: { httpStatusCode?: number };
  $retryable?: unknown;
}

/** IAM's code for something that is not there. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Error && (error.name === 'NoSuchEntity' || error.name === 'NoSuchEntityException');
}

const THROTTLED = new Set(['Throttling', 'ThrottlingException', 'RequestLimitExceeded', 'TooManyRequestsException']);

/** What an error of the SDK means: by status and code, never by its text, which may repeat what was sent. */
export function misfortune(error: unknown): Exclude<RevokeResult, { status: 'accepted' }> {
  const { name, $metadata, $retryable } = error as AwsError;
  const status = $metadata?.httpStatusCode;
  if (error instanceof AddressRefused || status === undefined) return unreached(error);
  if (THROTTLED.has(name) || $retryable !== undefined)
    return { status: 'retry', http_status: status, detail: `answered ${status} (${name})` };
  return refusalOf({ status, headers: {}, body: '' });
}
