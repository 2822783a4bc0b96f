import { type ErrorCode, TriplineError } from '../errors.ts';

const STATUS: Partial<Record<ErrorCode, number>> = {
  TRIPLINE_INPUT_UNREADABLE: 400,
  TRIPLINE_UNAUTHORISED: 401,
  TRIPLINE_INPUT_TOO_LARGE: 413,
  TRIPLINE_INPUT_UNSUPPORTED: 415,
  TRIPLINE_OVERLOADED: 429,
  TRIPLINE_LOG_UNAVAILABLE: 503,
};

export interface Answer {
  status: number;
  code: string;
  message: string;
  /** True where the same request may succeed later. */
  retry: boolean;
}

/** What a caller hears of an error: never more than we meant to say. */
export function statusOf(error: Error & { statusCode?: number }): Answer {
  if (error instanceof TriplineError) {
    const status = STATUS[error.code] ?? 500;
    return { status, code: error.code, message: error.message, retry: error.retriable };
  }
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) return { status, code: 'bad_request', message: error.message, retry: false };
  return { status: 500, code: 'internal', message: 'The request failed; the log says why', retry: false };
}
