import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, TriplineError } from '../errors.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { IngestConfig } from './config.ts';

const STATUS: Partial<Record<ErrorCode, number>> = {
  TRIPLINE_INPUT_UNREADABLE: 400,
  TRIPLINE_UNAUTHORISED: 401,
  TRIPLINE_ORDER_REFUSED: 409,
  TRIPLINE_INPUT_TOO_LARGE: 413,
  TRIPLINE_INPUT_UNSUPPORTED: 415,
  TRIPLINE_OVERLOADED: 429,
  TRIPLINE_LOG_UNAVAILABLE: 503,
  TRIPLINE_SERVER_UNREACHABLE: 503,
};

export interface Answer {
  status: number;
  code: string;
  message: string;
  /** True where the same request may succeed later. */
  retry: boolean;
}

/** Answers a failed request but for its body, and says what the body should tell. */
export type Fail = (error: Error, request: FastifyRequest, reply: FastifyReply) => Answer;

export function createFail({ retry_after_s }: IngestConfig, metrics: Metrics): Fail {
  return (error, request, reply) => {
    const answer = statusOf(error);
    const { status, retry } = answer;
    if (status === 413) metrics.requestsShed.inc({ limit: 'size' });
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    if (retry) reply.header('retry-after', retry_after_s);
    if (status >= 500 && !retry) request.log.error({ err: error }, 'A request failed');
    reply.code(status);
    return answer;
  };
}

/** What a caller hears of an error: never more than we meant to say. */
function statusOf(error: Error & { statusCode?: number }): Answer {
  if (error instanceof TriplineError) {
    const status = STATUS[error.code] ?? 500;
    return { status, code: error.code, message: error.message, retry: error.retriable };
  }
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) return { status, code: 'bad_request', message: error.message, retry: false };
  return { status: 500, code: 'internal', message: 'The request failed; the log says why', retry: false };
}
