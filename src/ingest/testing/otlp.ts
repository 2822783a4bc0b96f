import protobuf from 'protobufjs/minimal.js';

/** OTLP requests in both encodings, written here from the field numbers of opentelemetry-proto, for tests. */
export interface TestSpan {
  traceId?: string;
  spanId: string;
  name: string;
  attributes?: Record<string, string>;
}

export interface TestRecord {
  eventName: string;
  attributes?: Record<string, string>;
}

export const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
/** 2026-11-25T10:00:00Z; spans last 250 ms. */
const START_S = 1_795_600_800;
const START_NANOS = `${START_S}000000000`;
const END_NANOS = `${START_S}250000000`;
export const END_MS = START_S * 1000 + 250;
export const START_MS = START_S * 1000;

export function spansJson(spans: readonly TestSpan[]): Buffer {
  const times = { startTimeUnixNano: START_NANOS, endTimeUnixNano: END_NANOS };
  const all = spans.map(({ attributes = {}, ...span }) => ({
    traceId: TRACE_ID,
    kind: 1,
    ...times,
    ...span,
    attributes: pairs(attributes),
  }));
  return Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: all }] }] }));
}

export function recordsJson(records: readonly TestRecord[]): Buffer {
  const all = records.map(({ eventName, attributes = {} }) => ({
    timeUnixNano: START_NANOS,
    eventName,
    attributes: pairs(attributes),
  }));
  return Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: all }] }] }));
}

export function spansProtobuf(spans: readonly TestSpan[]): Buffer {
  return request(
    spans.map(({ traceId = TRACE_ID, spanId, name, attributes = {} }) =>
      message((span) => {
        span.uint32(tag(1, 2)).bytes(Buffer.from(traceId, 'hex'));
        span.uint32(tag(2, 2)).bytes(Buffer.from(spanId, 'hex'));
        span.uint32(tag(5, 2)).string(name).uint32(tag(6, 0)).int32(1);
        span.uint32(tag(7, 1)).fixed64(START_NANOS).uint32(tag(8, 1)).fixed64(END_NANOS);
        for (const pair of keyValues(attributes)) span.uint32(tag(9, 2)).bytes(pair);
      }),
    ),
  );
}

export function recordsProtobuf(records: readonly TestRecord[]): Buffer {
  return request(
    records.map(({ eventName, attributes = {} }) =>
      message((record) => {
        record.uint32(tag(1, 1)).fixed64(START_NANOS);
        for (const pair of keyValues(attributes)) record.uint32(tag(6, 2)).bytes(pair);
        record.uint32(tag(12, 2)).string(eventName);
      }),
    ),
  );
}

/** Resource groups hold scopes (2), and scopes hold records (2). */
function request(records: readonly Uint8Array[]): Buffer {
  const scope = message((inScope) => {
    for (const record of records) inScope.uint32(tag(2, 2)).bytes(record);
  });
  const group = message((inGroup) => inGroup.uint32(tag(2, 2)).bytes(scope));
  return Buffer.from(message((whole) => whole.uint32(tag(1, 2)).bytes(group)));
}

function keyValues(attributes: Record<string, string>): Uint8Array[] {
  return Object.entries(attributes).map(([key, text]) =>
    message((pair) => {
      const value = message((any) => any.uint32(tag(1, 2)).string(text));
      pair.uint32(tag(1, 2)).string(key).uint32(tag(2, 2)).bytes(value);
    }),
  );
}

function message(fill: (writer: protobuf.Writer) => void): Uint8Array {
  const writer = protobuf.Writer.create();
  fill(writer);
  return writer.finish();
}

const tag = (field: number, wireType: number) => (field << 3) | wireType;
const pairs = (attributes: Record<string, string>) =>
  Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }));
