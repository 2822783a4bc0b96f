/**
 * Operating errors: expected, coded, handled. A programmer error is an assertion and crashes.
 * Decide by `code` and `retriable`, never by message text.
 */
export const ERROR_CODES = {
  TRIPLINE_CONFIG_INVALID: 'The configuration cannot be used',
  TRIPLINE_ADDRESS_IN_USE: 'A port is taken',
  TRIPLINE_DATA_DIR_UNUSABLE: 'The data folder cannot be used',
  TRIPLINE_DATA_DIR_LOCKED: 'Another process uses the data folder',
  TRIPLINE_INPUT_UNREADABLE: 'The input cannot be read',
  TRIPLINE_INPUT_TOO_LARGE: 'The input is larger than a stated limit',
  TRIPLINE_INPUT_UNSUPPORTED: 'The input has a form that is not read here',
  TRIPLINE_EVENT_INVALID: 'An event was refused',
  TRIPLINE_FRAME_CORRUPT: 'A frame cannot be read',
  TRIPLINE_LOG_UNAVAILABLE: 'The log does not accept writes',
  TRIPLINE_LOG_OFFSET_GONE: 'The offset was retired by retention',
  TRIPLINE_LOG_TOPIC_UNUSABLE: 'A topic is missing or is not as the log needs it',
  TRIPLINE_PARTITION_LOST: 'Another process has this partition now',
  TRIPLINE_STORE_UNAVAILABLE: 'The store does not answer',
  TRIPLINE_STORE_REFUSED: 'The store refused a statement',
  TRIPLINE_OVERLOADED: 'More is waiting than the stated limit',
  TRIPLINE_POLICY_INVALID: 'The policy cannot be used',
  TRIPLINE_ORDER_REFUSED: 'An order cannot be moved as asked',
  TRIPLINE_ACT_REFUSED: 'An act cannot be done as asked',
  TRIPLINE_RECEIVER_FAILED: 'A receiver did not do what was asked',
  TRIPLINE_SERVER_UNREACHABLE: 'The server does not answer',
  TRIPLINE_UNAUTHORISED: 'The caller is not known',
  TRIPLINE_SELFTEST_FAILED: 'The selftest could not be made',
  TRIPLINE_SANDBOX_FAILED: 'The sandbox of the sample does not work',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface TriplineErrorOptions {
  cause?: unknown;
  /** True when the same call may succeed later without anybody changing anything. */
  retriable?: boolean;
}

/** An operating error: one sentence that names what was wrong and what was expected. */
export class TriplineError extends Error {
  readonly code: ErrorCode;
  readonly retriable: boolean;

  constructor(code: ErrorCode, message: string, options: TriplineErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'TriplineError';
    this.code = code;
    this.retriable = options.retriable ?? false;
  }
}

export function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
