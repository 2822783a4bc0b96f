import { PostedEvent } from '../../event/event.ts';
import type { Mapped } from '../mapped.ts';
import { decodeLogs, decodeTraces } from './decode.ts';
import { otlpLogs, otlpTraces } from './map.ts';

/** OTLP/JSON written short, for tests: attributes as plain values. */
export interface ShortSpan {
  name: string;
  id?: string;
  parent?: string;
  kind?: number;
  /** 2 is an error. */
  status?: number;
  attributes?: Record<string, unknown>;
  events?: { name: string; attributes: Record<string, unknown> }[];
}
export interface ShortLog {
  body?: string;
  eventName?: string;
  attributes?: Record<string, unknown>;
  trace?: { traceId: string; spanId: string };
}

export const TRACE = '0af7651916cd43dd8448eb211c80319c';
export const START = '2026-03-01T10:00:00.000Z';
/** Spans last 250 ms. */
export const END = '2026-03-01T10:00:00.250Z';

export function traces(spans: ShortSpan[], resource: Record<string, unknown> = {}): Mapped[] {
  const body = {
    resourceSpans: [{ resource: { attributes: pairs(resource) }, scopeSpans: [{ spans: spans.map(spanOf) }] }],
  };
  return otlpTraces(decodeTraces(Buffer.from(JSON.stringify(body)), 'json'));
}

export function logs(records: ShortLog[], resource: Record<string, unknown> = {}, scope = ''): Mapped[] {
  const scopeLogs = [{ scope: { name: scope }, logRecords: records.map(logOf) }];
  const body = { resourceLogs: [{ resource: { attributes: pairs(resource) }, scopeLogs }] };
  return otlpLogs(decodeLogs(Buffer.from(JSON.stringify(body)), 'json'));
}

/** The events of a mapping, each one checked against the schema of the door; ids and attributes apart, contents read. */
export function events(mapped: readonly Mapped[]): Record<string, unknown>[] {
  return mapped.flatMap((entry) => {
    if (!entry.ok) return [];
    const { event_id: _, attributes: __, ...event } = PostedEvent.parse(entry.event);
    return [JSON.parse(JSON.stringify(event, (name, value) => (CONTENTS.has(name) ? structureOf(value) : value)))];
  });
}

const CONTENTS = new Set(['args', 'result']);

/** JSON text as what it says: a mapper passes it on for the door to read. */
function structureOf(content: unknown): unknown {
  return typeof content === 'string' && /^\s*[{[]/.test(content) ? JSON.parse(content) : content;
}

export function ids(mapped: readonly Mapped[]): unknown[] {
  return mapped.flatMap((entry) => (entry.ok ? [entry.event.event_id] : []));
}

function spanOf(span: ShortSpan, index: number) {
  return {
    traceId: TRACE,
    spanId: span.id ?? (index + 1).toString(16).padStart(16, '0'),
    parentSpanId: span.parent ?? '',
    name: span.name,
    kind: span.kind ?? 1,
    startTimeUnixNano: nanos(START),
    endTimeUnixNano: nanos(END),
    status: { code: span.status ?? 0 },
    attributes: pairs(span.attributes ?? {}),
    events: (span.events ?? []).map((event) => ({ name: event.name, attributes: pairs(event.attributes) })),
  };
}

function logOf(log: ShortLog) {
  return {
    timeUnixNano: nanos(START),
    body: log.body === undefined ? undefined : { stringValue: log.body },
    eventName: log.eventName,
    ...log.trace,
    attributes: pairs(log.attributes ?? {}),
  };
}

const nanos = (iso: string) => `${Date.parse(iso)}000000`;

export function pairs(attributes: Record<string, unknown>) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: any(value) }));
}

function any(value: unknown): Record<string, unknown> {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(any) } };
  return { kvlistValue: { values: pairs(value as Record<string, unknown>) } };
}
