import kafkajs from 'kafkajs';
import { TriplineError } from '../../errors.ts';

/** Somebody else has taken over the transactional id, or the brokers gave up its transaction. */
const FENCED = new Set([
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'INVALID_TXN_STATE',
  'UNKNOWN_PRODUCER_ID',
]);
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);
const REFUSED = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
]);

/** The brokers' own names of what went wrong, outermost first: kafkajs wraps errors in errors. */
function typesOf(error: unknown): string[] {
  const types: string[] = [];
  let at = error;
  while (at instanceof Error) {
    types.push('type' in at ? String(at.type) : at.name);
    at = at.cause === at ? undefined : at.cause;
  }
  return types;
}

export const isType = (error: unknown, ...types: readonly string[]): boolean =>
  typesOf(error).some((type) => types.includes(type));
export const isFenced = (error: unknown): boolean => isType(error, ...FENCED);

/** Errors of kafkajs as ours. What is not the brokers' doing is passed on as it is. */
export function fromKafka(error: unknown): unknown {
  if (!(error instanceof kafkajs.KafkaJSError)) return error;
  const why = error.message;
  if (isType(error, ...TOO_LARGE))
    return new TriplineError('TRIPLINE_INPUT_TOO_LARGE', `Kafka takes no message as large as this: ${why}`, {
      cause: error,
    });
  if (isType(error, 'KafkaJSSASLAuthenticationError', ...REFUSED))
    return new TriplineError('TRIPLINE_LOG_UNAVAILABLE', `Kafka refuses us: ${why}`, { cause: error });
  return new TriplineError('TRIPLINE_LOG_UNAVAILABLE', `Kafka does not do what was asked: ${why}`, {
    cause: error,
    retriable: true,
  });
}

export async function asOurs<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw fromKafka(error);
  }
}
