import { TriplineError } from '../errors.ts';

/** Exceptions of ClickHouse that go away by themselves or when an operator makes room; by number, never by text. */
const RETRIABLE = new Set([
  74, // CANNOT_READ_FROM_FILE_DESCRIPTOR
  75, // CANNOT_WRITE_TO_FILE_DESCRIPTOR: a full disk
  76, // CANNOT_OPEN_FILE: no file descriptors left
  107, // FILE_DOESNT_EXIST
  159, // TIMEOUT_EXCEEDED
  173, // CANNOT_ALLOCATE_MEMORY
  202, // TOO_MANY_SIMULTANEOUS_QUERIES
  209, // SOCKET_TIMEOUT
  210, // NETWORK_ERROR
  236, // ABORTED
  241, // MEMORY_LIMIT_EXCEEDED
  242, // TABLE_IS_READ_ONLY
  243, // NOT_ENOUGH_SPACE
  252, // TOO_MANY_PARTS
  279, // ALL_CONNECTION_TRIES_FAILED
  319, // UNKNOWN_STATUS_OF_INSERT
  394, // QUERY_WAS_CANCELLED
  425, // SYSTEM_ERROR
  439, // CANNOT_SCHEDULE_TASK
  // An operator has to let us in; until then nothing is wrong with what is asked.
  81, // UNKNOWN_DATABASE
  192, // UNKNOWN_USER
  193, // WRONG_PASSWORD
  497, // ACCESS_DENIED
  516, // AUTHENTICATION_FAILED
  999, // KEEPER_EXCEPTION
  1001, // STD_EXCEPTION: the file system said no
]);

/** An insert of ours is in order, so these say that the store is not set up yet, or that we may not write. */
const RETRIABLE_INSERT = new Set([
  16, // NO_SUCH_COLUMN_IN_TABLE: dropped since we looked
  47, // UNKNOWN_IDENTIFIER
  60, // UNKNOWN_TABLE
  164, // READONLY
]);

const TEXT_CHARS_MAX = 500;

/** What the engine threw, as one of our two codes. `doing` says what was tried. */
export function storeError(error: unknown, doing: string, inserting = false): TriplineError {
  if (error instanceof TriplineError) return error;
  const code = numberOf(error);
  const text = error instanceof Error ? error.message : String(error);
  const message = `${doing}: ${text.slice(0, TEXT_CHARS_MAX)}`;
  // Without a number it was not the engine that refused, but the way to it; a bad parameter never reached it.
  if (code === undefined ? !isBindError(error) : RETRIABLE.has(code) || (inserting && RETRIABLE_INSERT.has(code))) {
    return new TriplineError('TRIPLINE_STORE_UNAVAILABLE', message, { cause: error, retriable: true });
  }
  return new TriplineError('TRIPLINE_STORE_REFUSED', message, { cause: error });
}

/** Runs it, and throws what it throws as one of our two codes. */
export async function attempt<T>(doing: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw storeError(error, doing);
  }
}

/** The embedded engine has a number; the client of the server has its text. System errors have letters. */
function numberOf(error: unknown): number | undefined {
  const { clickhouseCode, code } = (error ?? {}) as { clickhouseCode?: unknown; code?: unknown };
  if (typeof clickhouseCode === 'number') return clickhouseCode;
  return typeof code === 'string' && /^\d+$/.test(code) ? Number(code) : undefined;
}

function isBindError(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'CHDB_BIND';
}
