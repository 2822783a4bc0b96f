import { refused } from '../mapped.ts';
import { epochMs } from '../otlp/decode.ts';
import type { Attributes, Item, Value } from '../otlp/item.ts';
import { otlpTraces } from '../otlp/map.ts';
import { type Format, isObject, type Json, textOf } from './format.ts';

/** Spans as the OpenTelemetry SDK for Python dumps them: one span a line, ids as integers or as hex texts. */
export const pythonSpans: Format = {
  id: 'spans of the OpenTelemetry SDK for Python',
  matches: (record) => isObject(record.context) && 'span_id' in record.context && 'start_time' in record,
  parse: (text) => JSON.parse(quoteLongIntegers(text)),
  events(record) {
    const context = isObject(record.context) ? record.context : {};
    if (!isObject(record.attributes)) return [refused('attributes', 'an object', record.attributes)];
    return otlpTraces([itemOf(record, record.attributes, context)]);
  },
};

function itemOf(span: Json, attributes: Json, context: Json): Item {
  const parent = isObject(span.parent) ? span.parent.span_id : (span.parent_id ?? span.parent);
  const status = isObject(span.status) ? span.status : {};
  const resource = isObject(span.resource) && isObject(span.resource.attributes) ? span.resource.attributes : {};
  const start_ms = timeMs(span.start_time);
  return {
    signal: 'span',
    name: textOf(span.name) ?? '',
    scope: '',
    trace_id: hexId(context.trace_id, 32),
    span_id: hexId(context.span_id, 16),
    parent_span_id: hexId(parent, 16),
    kind: KINDS.indexOf(String(span.kind).replace('SpanKind.', '').toLowerCase()) + 1,
    start_ms,
    end_ms: timeMs(span.end_time) || start_ms,
    status: String(status.status_code).toLowerCase() === 'error' ? 2 : 0,
    status_message: textOf(status.description) ?? '',
    attributes: attributesOf(attributes),
    resource: attributesOf(resource),
    events: (Array.isArray(span.events) ? span.events : []).filter(isObject).map((event) => ({
      name: textOf(event.name) ?? '',
      attributes: attributesOf(isObject(event.attributes) ? event.attributes : {}),
    })),
    body: null,
  };
}

const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'];

/** Integers that a double would round become texts. Text inside quotes is left alone. */
export function quoteLongIntegers(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    /^-?\d{16,}$/.test(token) ? `"${token}"` : token,
  );
}

/** An id as integer (its digits as text when long) or as `0x` hex. */
function hexId(id: unknown, digits: number): string {
  if (typeof id === 'string' && /^0x[0-9a-fA-F]+$/.test(id)) return id.slice(2).toLowerCase().padStart(digits, '0');
  const whole = typeof id === 'number' && Number.isSafeInteger(id) ? String(id) : id;
  if (typeof whole !== 'string' || !/^\d{1,39}$/.test(whole)) return '';
  const hex = BigInt(whole).toString(16).padStart(digits, '0');
  return hex.length === digits && BigInt(whole) > 0n ? hex : '';
}

/** Nanoseconds, or the ISO text that `to_json` writes. */
function timeMs(time: unknown): number {
  const ms = epochMs(time);
  if (ms > 0 || typeof time !== 'string') return ms;
  return Date.parse(time) || 0;
}

function attributesOf(attributes: Json): Attributes {
  return new Map(Object.entries(attributes).map(([name, value]) => [name, valueOfJson(value)]));
}

function valueOfJson(value: unknown): Value {
  if (Array.isArray(value)) return value.map(valueOfJson);
  return isObject(value) ? attributesOf(value) : (value as Value);
}
