import { TriplineError } from '../../errors.ts';
import { refused } from '../mapped.ts';
import type { Attributes, Decoded, Item, SpanEvent, Value } from './item.ts';
import { DEPTH_MAX, decodeMessage, LOGS, TRACES } from './wire.ts';

export type Encoding = 'protobuf' | 'json';
type Json = { readonly [key: string]: unknown };

/** Spans of an ExportTraceServiceRequest. Throws TRIPLINE_INPUT_UNREADABLE when the body is not one. */
export function decodeTraces(body: Buffer, encoding: Encoding): Decoded {
  return spansOf(encoding === 'json' ? parse(body) : decodeMessage(body, TRACES));
}

/** Log records of an ExportLogsServiceRequest. Throws TRIPLINE_INPUT_UNREADABLE when the body is not one. */
export function decodeLogs(body: Buffer, encoding: Encoding): Decoded {
  return logsOf(encoding === 'json' ? parse(body) : decodeMessage(body, LOGS));
}

/** Spans of a request in OTLP/JSON form, already parsed. */
export function spansOf(request: unknown): Decoded {
  return recordsOf(request, 'resourceSpans', 'scopeSpans', 'spans', spanOf);
}

/** Log records of a request in OTLP/JSON form, already parsed. */
export function logsOf(request: unknown): Decoded {
  return recordsOf(request, 'resourceLogs', 'scopeLogs', 'logRecords', logOf);
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new TriplineError('TRIPLINE_INPUT_UNREADABLE', 'The body is not JSON', { cause });
  }
}

type Read = (record: Json, resource: Attributes, scope: string) => Item;

function recordsOf(request: unknown, groups: string, scopes: string, records: string, read: Read): Decoded {
  if (!isObject(request))
    throw new TriplineError('TRIPLINE_INPUT_UNREADABLE', `The body is not an object with ${groups}`);
  const decoded: Decoded = [];
  for (const group of list(request[groups], groups)) {
    const resource = attributesOf(isObject(group) && isObject(group.resource) ? group.resource.attributes : undefined);
    for (const inScope of list(isObject(group) ? group[scopes] : undefined, scopes)) {
      const scope = isObject(inScope) && isObject(inScope.scope) ? text(inScope.scope.name) : '';
      for (const record of list(isObject(inScope) ? inScope[records] : undefined, records))
        decoded.push(isObject(record) ? read(record, resource, scope) : refused(records, 'an object', record));
    }
  }
  return decoded;
}

function spanOf(span: Json, resource: Attributes, scope: string): Item {
  const status = isObject(span.status) ? span.status : {};
  const start_ms = epochMs(span.startTimeUnixNano);
  return {
    signal: 'span',
    name: text(span.name),
    scope,
    trace_id: hex(span.traceId, 32),
    span_id: hex(span.spanId, 16),
    parent_span_id: hex(span.parentSpanId, 16),
    kind: number(span.kind),
    start_ms,
    end_ms: epochMs(span.endTimeUnixNano) || start_ms,
    status: number(status.code),
    status_message: text(status.message),
    attributes: attributesOf(span.attributes),
    resource,
    events: Array.isArray(span.events) ? span.events.filter(isObject).map(eventOf) : [],
    body: null,
  };
}

function eventOf(event: Json): SpanEvent {
  return { name: text(event.name), attributes: attributesOf(event.attributes) };
}

function logOf(record: Json, resource: Attributes, scope: string): Item {
  const attributes = attributesOf(record.attributes);
  const body = anyValue(record.body, 0);
  const named = attributes.get('event.name');
  const time = epochMs(record.timeUnixNano) || epochMs(record.observedTimeUnixNano);
  return {
    signal: 'log',
    // Emitters name their events in one of three places.
    name: text(record.eventName) || text(named) || text(body),
    scope,
    trace_id: hex(record.traceId, 32),
    span_id: hex(record.spanId, 16),
    parent_span_id: '',
    kind: 0,
    start_ms: time,
    end_ms: time,
    status: 0,
    status_message: '',
    attributes,
    resource,
    events: [],
    body,
  };
}

export function attributesOf(pairs: unknown, depth = 0): Attributes {
  const attributes: Attributes = new Map();
  if (!Array.isArray(pairs)) return attributes;
  for (const pair of pairs)
    if (isObject(pair) && typeof pair.key === 'string') attributes.set(pair.key, anyValue(pair.value, depth));
  return attributes;
}

function anyValue(any: unknown, depth: number): Value {
  if (!isObject(any) || depth > DEPTH_MAX) return null;
  if (typeof any.stringValue === 'string') return any.stringValue;
  if (any.intValue !== undefined) return integer(any.intValue);
  if (typeof any.boolValue === 'boolean') return any.boolValue;
  if (any.doubleValue !== undefined) return Number(any.doubleValue);
  if (isObject(any.arrayValue) && Array.isArray(any.arrayValue.values))
    return any.arrayValue.values.map((value) => anyValue(value, depth + 1));
  if (isObject(any.kvlistValue)) return attributesOf(any.kvlistValue.values, depth + 1);
  if (Buffer.isBuffer(any.bytesValue)) return any.bytesValue.toString('base64');
  return typeof any.bytesValue === 'string' ? any.bytesValue : null;
}

function integer(value: unknown): Value {
  const exact = Number(value);
  return Number.isSafeInteger(exact) ? exact : text(value);
}

/** Nanoseconds since 1970, a number or a text, as whole milliseconds; 0 where it is no such thing. */
export function epochMs(nanos: unknown): number {
  if (typeof nanos === 'number') return nanos > 0 && nanos < NANOS_MAX ? Math.floor(nanos / 1e6) : 0;
  if (typeof nanos !== 'string' || !/^\d{1,20}$/.test(nanos)) return 0;
  return Number(BigInt(nanos) / 1_000_000n);
}

const NANOS_MAX = 2 ** 64;

/** An id in hex of any case; '' when it has another form or is all zeros, which OTLP calls invalid. */
function hex(id: unknown, digits: number): string {
  if (typeof id !== 'string' || id.length !== digits || !/^[0-9a-fA-F]+$/.test(id) || /^0+$/.test(id)) return '';
  return id.toLowerCase();
}

function list(value: unknown, name: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new TriplineError('TRIPLINE_INPUT_UNREADABLE', `${name} is not an array`);
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');
const number = (value: unknown) => (typeof value === 'number' ? value : 0);
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
