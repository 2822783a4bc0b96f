import protobuf from 'protobufjs/minimal.js';
import { TriplineError } from '../../errors.ts';

/**
 * Reads protobuf bytes into the shape of OTLP/JSON: lowerCamelCase, 64-bit integers as texts, ids as
 * lower-case hex, other bytes as Buffers. Field numbers are those of opentelemetry-proto 1.11.
 */
type Scalar = 'string' | 'hex' | 'bytes' | 'bool' | 'double' | 'int64' | 'fixed64' | 'int32';
interface FieldOf {
  name: string;
  type: Scalar | Shape;
  repeated?: true;
}
type Shape = Map<number, FieldOf>;
type Reader = protobuf.Reader;

/** Deeper AnyValues are left out. */
export const DEPTH_MAX = 32;
/** Messages inside one body. A message costs at least two bytes, so a small body could ask for much memory. */
export const MESSAGES_MAX = 200_000;

const one = (name: string, type: Scalar | Shape): FieldOf => ({ name, type });
const many = (name: string, type: Scalar | Shape): FieldOf => ({ name, type, repeated: true });

const anyValue: Shape = new Map();
const keyValue: Shape = new Map([
  [1, one('key', 'string')],
  [2, one('value', anyValue)],
]);
anyValue
  .set(1, one('stringValue', 'string'))
  .set(2, one('boolValue', 'bool'))
  .set(3, one('intValue', 'int64'))
  .set(4, one('doubleValue', 'double'))
  .set(5, one('arrayValue', new Map([[1, many('values', anyValue)]])))
  .set(6, one('kvlistValue', new Map([[1, many('values', keyValue)]])))
  .set(7, one('bytesValue', 'bytes'));

const attributes = many('attributes', keyValue);
const resource: Shape = new Map([[1, attributes]]);
const scope: Shape = new Map([[1, one('name', 'string')]]);
const status: Shape = new Map([
  [2, one('message', 'string')],
  [3, one('code', 'int32')],
]);
const spanEvent: Shape = new Map([
  [1, one('timeUnixNano', 'fixed64')],
  [2, one('name', 'string')],
  [3, attributes],
]);
const span: Shape = new Map([
  [1, one('traceId', 'hex')],
  [2, one('spanId', 'hex')],
  [4, one('parentSpanId', 'hex')],
  [5, one('name', 'string')],
  [6, one('kind', 'int32')],
  [7, one('startTimeUnixNano', 'fixed64')],
  [8, one('endTimeUnixNano', 'fixed64')],
  [9, attributes],
  [11, many('events', spanEvent)],
  [15, one('status', status)],
]);
const logRecord: Shape = new Map([
  [1, one('timeUnixNano', 'fixed64')],
  [2, one('severityNumber', 'int32')],
  [3, one('severityText', 'string')],
  [5, one('body', anyValue)],
  [6, attributes],
  [9, one('traceId', 'hex')],
  [10, one('spanId', 'hex')],
  [11, one('observedTimeUnixNano', 'fixed64')],
  [12, one('eventName', 'string')],
]);
const request = (groups: string, scopes: string, records: string, record: Shape): Shape => {
  const inScope: Shape = new Map([
    [1, one('scope', scope)],
    [2, many(records, record)],
  ]);
  const inResource: Shape = new Map([
    [1, one('resource', resource)],
    [2, many(scopes, inScope)],
  ]);
  return new Map([[1, many(groups, inResource)]]);
};

export const TRACES = request('resourceSpans', 'scopeSpans', 'spans', span);
export const LOGS = request('resourceLogs', 'scopeLogs', 'logRecords', logRecord);

/** Decodes a body. Throws TRIPLINE_INPUT_UNREADABLE on anything that is not the message. */
export function decodeMessage(body: Buffer, shape: Shape): Record<string, unknown> {
  const budget = { messages: MESSAGES_MAX };
  try {
    const reader = protobuf.Reader.create(body);
    return read(reader, body.length, shape, 0, budget);
  } catch (error) {
    if (error instanceof TriplineError) throw error;
    throw new TriplineError('TRIPLINE_INPUT_UNREADABLE', 'The body is not an OTLP protobuf message', { cause: error });
  }
}

function read(reader: Reader, end: number, shape: Shape, depth: number, budget: { messages: number }) {
  const message: Record<string, unknown> = {};
  budget.messages -= 1;
  if (budget.messages < 0)
    throw new TriplineError('TRIPLINE_INPUT_UNREADABLE', `The body holds more than ${MESSAGES_MAX} messages`);
  while (reader.pos < end) {
    const tag = reader.uint32();
    const field = shape.get(tag >>> 3);
    if (field === undefined || (tag & 7) !== wireType(field.type)) {
      reader.skipType(tag & 7);
      continue;
    }
    const value =
      typeof field.type === 'string' ? scalar(reader, field.type) : inner(reader, field.type, depth, budget);
    if (value === undefined) continue;
    if (!field.repeated) message[field.name] = value;
    else if (message[field.name] === undefined) message[field.name] = [value];
    else (message[field.name] as unknown[]).push(value);
  }
  // A nested length that runs past its parent would make siblings part of it.
  if (reader.pos !== end) throw new RangeError('a message ends inside a field');
  return message;
}

function inner(reader: Reader, shape: Shape, depth: number, budget: { messages: number }) {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError('a message is longer than the body');
  if (depth >= DEPTH_MAX) {
    reader.skip(length);
    return undefined;
  }
  return read(reader, end, shape, depth + 1, budget);
}

function wireType(type: Scalar | Shape): number {
  if (type === 'fixed64' || type === 'double') return 1;
  return type === 'bool' || type === 'int64' || type === 'int32' ? 0 : 2;
}

function scalar(reader: Reader, type: Scalar): unknown {
  switch (type) {
    case 'string':
      return reader.string();
    case 'hex':
      return Buffer.from(reader.bytes()).toString('hex');
    case 'bytes':
      return Buffer.from(reader.bytes());
    case 'bool':
      return reader.bool();
    case 'double':
      return reader.double();
    case 'int64':
      return reader.int64().toString();
    case 'fixed64':
      return reader.fixed64().toString();
    case 'int32':
      return reader.int32();
  }
}
