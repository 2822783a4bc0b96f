import { TriplineError } from '../../errors.ts';
import type { RevokeResult } from '../revoker.ts';
import { isGood } from './api.ts';
import { AddressRefused, type Answer } from './request.ts';

export type NotAccepted = Exclude<RevokeResult, { status: 'accepted' }>;

/** Says "not now" rather than "no". */
const HELD_BACK = new Set([408, 425, 429]);
/** Not implemented, version not supported: no later attempt will find it otherwise. */
const NEVER = new Set([501, 505]);

/** What an answer outside of 2xx means. The status decides, never a text. */
export function refusalOf({ status, headers }: Answer): NotAccepted {
  if (HELD_BACK.has(status) || (status >= 500 && !NEVER.has(status)))
    return {
      status: 'retry',
      http_status: status,
      ...retryAfter(headers['retry-after']),
      detail: `answered ${status}`,
    };
  if (status >= 300 && status < 400)
    return { status: 'failed', http_status: status, detail: `redirected (${status}), which is not followed` };
  return { status: 'failed', http_status: status, detail: status === 410 ? 'is gone (410)' : `refused with ${status}` };
}

/** Why an answer, or the want of one, is not a yes; undefined where it is. */
export function refusedBy(answer: Answer | NotAccepted): NotAccepted | undefined {
  if ('detail' in answer) return answer;
  return isGood(answer) ? undefined : refusalOf(answer);
}

/** What an error of `request` means. Only its code is told: its message may carry what was sent. */
export function unreached(error: unknown): NotAccepted {
  if (error instanceof AddressRefused) return { status: 'failed', detail: error.message };
  const { code, name } = error as { code?: string; name?: string };
  return { status: 'retry', detail: `could not be reached (${code ?? name ?? 'unknown'})` };
}

export function unreachable(name: string, cause: unknown): TriplineError {
  const { status, detail } = unreached(cause);
  const retriable = status === 'retry';
  return new TriplineError('TRIPLINE_RECEIVER_FAILED', `Receiver ${name} ${detail}`, { cause, retriable });
}

/** Seconds or a date. */
function retryAfter(header: string | undefined): { retry_after_ms?: number } {
  if (header === undefined) return {};
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? { retry_after_ms: ms } : {};
}
