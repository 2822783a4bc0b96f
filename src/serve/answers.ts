import type { FastifyInstance, FastifyReply } from 'fastify';
import { type core, ZodError } from 'zod';
import { type ErrorCode, TriplineError } from '../errors.ts';
import type { Reader } from './queries.ts';

const SHOWN_CHARS_MAX = 200;

/** What was understood and is not done. */
const REFUSED: Partial<Record<ErrorCode, number>> = { TRIPLINE_ORDER_REFUSED: 409, TRIPLINE_ACT_REFUSED: 422 };

/** Every answer that is not what was asked for: an object with `error` and `message`. */
export function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ error: 'not_found', message: 'There is no such address' }),
  );
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (error instanceof ZodError) return reply.code(400).send(refusal(error));
    if (error instanceof TriplineError && REFUSED[error.code] !== undefined)
      return reply.code(REFUSED[error.code]!).send({ error: error.code, message: error.message });
    // Whatever a store says of a question that is in order, the question can only be asked again.
    if (error instanceof TriplineError) {
      if (error.retriable) reply.header('retry-after', 1);
      else reply.log.error({ err: error }, 'A request failed');
      return reply.code(503).send({ error: error.code, message: error.message });
    }
    if (error.statusCode && error.statusCode < 500) {
      return reply.code(error.statusCode).send({ error: 'bad_request', message: error.message });
    }
    reply.log.error({ err: error }, 'A request failed');
    return reply.code(500).send({ error: 'internal', message: 'The request failed; the log says why' });
  });
}

/** Which parameter is wrong, what was there and what was expected. */
function refusal({ issues: [issue] }: ZodError) {
  if (issue === undefined) return { error: 'bad_request', message: 'The request is not in order' };
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const field = unknown ?? issue.path.join('.');
  const expected = expectedOf(issue);
  const value = String(unknown === undefined ? issue.input : unknown).slice(0, SHOWN_CHARS_MAX);
  const message =
    unknown === undefined
      ? `${field}: expected ${expected}, got ${JSON.stringify(value)}`
      : `${field}: there is no such parameter`;
  return { error: 'bad_request', message, field: field.slice(0, SHOWN_CHARS_MAX), value, expected };
}

function expectedOf(issue: core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return 'one text';
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'too_big':
      return `at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`;
    case 'too_small':
      return `at least ${issue.minimum}${issue.origin === 'string' ? ' characters' : ''}`;
    case 'invalid_format':
      return issue.format === 'datetime' ? 'an ISO 8601 time with Z or an offset' : issue.message;
    case 'unrecognized_keys':
      return 'no parameter of this name';
    default:
      return issue.message;
  }
}

/** The store, waited for no longer than `answer_ms_max`: whoever asks gets an answer while a long query runs. */
export function timely(store: Reader, answer_ms_max: number): Reader {
  return {
    async query<T>(sql: string, params?: Readonly<Record<string, unknown>>): Promise<T[]> {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_resolve, reject) => {
        const message = `The store did not answer within ${answer_ms_max} ms`;
        const refuse = () => reject(new TriplineError('TRIPLINE_STORE_UNAVAILABLE', message, { retriable: true }));
        timer = setTimeout(refuse, answer_ms_max);
      });
      try {
        return await Promise.race([store.query<T>(sql, params), late]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** What was read by its id, or 404. */
export function found(reply: FastifyReply, value: unknown) {
  return (
    value ?? reply.code(404).send({ error: 'not_found', message: 'There is nothing of that id in the store (yet)' })
  );
}
