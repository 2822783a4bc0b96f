import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { OTLPLogExporter as JsonLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtoLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPTraceExporter as JsonTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import fc from 'fast-check';
import protobuf from 'protobufjs/minimal.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TriplineError } from '../../errors.ts';
import type { Mapped } from '../mapped.ts';
import {
  decodeLogs,
  decodeTraces,
  type Encoding,
  encodeLogsResponse,
  encodeStatus,
  encodeTraceResponse,
  otlpLogs,
  otlpTraces,
} from './index.ts';
import { events } from './testing.ts';

interface Received {
  path: string;
  encoding: Encoding;
  gzip: boolean;
  mapped: Mapped[];
}

let server: Server;
let url: string;
const received: Received[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const gzip = request.headers['content-encoding'] === 'gzip';
      const encoding = request.headers['content-type'] === 'application/json' ? 'json' : 'protobuf';
      const body = gzip ? gunzipSync(Buffer.concat(chunks)) : Buffer.concat(chunks);
      const traces = request.url === '/v1/traces';
      const mapped = traces ? otlpTraces(decodeTraces(body, encoding)) : otlpLogs(decodeLogs(body, encoding));
      received.push({ path: request.url ?? '', encoding, gzip, mapped });
      response.setHeader('content-type', request.headers['content-type'] ?? '');
      const partial = { rejected: 0, message: '' };
      response.end(traces ? encodeTraceResponse(partial, encoding) : encodeLogsResponse(partial, encoding));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

describe('the OpenTelemetry SDK as client', () => {
  const resource = resourceFromAttributes({ 'service.name': 'shop', 'service.instance.id': 'pod-1' });

  it.each([
    ['protobuf', ProtoTraceExporter],
    ['json', JsonTraceExporter],
  ] as const)('delivers spans as %s', async (encoding, Exporter) => {
    const options = { url: `${url}/v1/traces`, compression: 'gzip' as never };
    const provider = new NodeTracerProvider({
      resource,
      spanProcessors: [new BatchSpanProcessor(new Exporter(options))],
    });
    const tracer = provider.getTracer('test');
    const startTime = new Date('2026-03-01T10:00:00.000Z');
    const span = tracer.startSpan('execute_tool send_email', { kind: SpanKind.INTERNAL, startTime });
    span.setAttributes({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'send_email',
      'gen_ai.tool.call.arguments': '{"to":"ännä@example.com"}',
      'gen_ai.conversation.id': 'c-1',
      'error.type': 'SmtpError',
      'tripline.args_values': ['ännä@example.com', 'x'],
      'app.big': 2 ** 53 - 1,
      'app.ratio': -0.5,
      'app.flag': true,
    });
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'no route' });
    span.end(new Date('2026-03-01T10:00:01.234Z'));
    await provider.forceFlush();
    await provider.shutdown();

    const [request] = received.splice(0);
    expect(request).toMatchObject({ path: '/v1/traces', encoding, gzip: true });
    const { traceId, spanId } = span.spanContext();
    expect(events(request?.mapped ?? [])).toEqual([
      {
        kind: 'tool_call',
        time: '2026-03-01T10:00:01.234Z',
        agent_id: 'pod-1',
        agent_name: 'shop',
        agent_instance: 'pod-1',
        session: 'c-1',
        tool_name: 'send_email',
        args: { to: 'ännä@example.com' },
        args_values: ['ännä@example.com', 'x'],
        outcome: 'error',
        error_type: 'SmtpError',
        trace_id: traceId,
        span_id: spanId,
      },
    ]);
    const [entry] = request?.mapped ?? [];
    expect(entry?.ok && entry.event.attributes).toEqual({
      'app.big': '9007199254740991',
      'app.ratio': '-0.5',
      'app.flag': 'true',
      'service.name': 'shop',
    });
  });

  it.each([
    ['protobuf', ProtoLogExporter],
    ['json', JsonLogExporter],
  ] as const)('delivers log records as %s', async (encoding, Exporter) => {
    const options = { url: `${url}/v1/logs`, compression: 'gzip' as never };
    const processor = new SimpleLogRecordProcessor({ exporter: new Exporter(options) } as never);
    const provider = new LoggerProvider({ resource, processors: [processor] });
    provider.getLogger('com.anthropic.claude_code.events').emit({
      eventName: 'tool_result',
      timestamp: new Date('2026-03-01T10:00:00.500Z'),
      body: 'claude_code.tool_result',
      attributes: { tool_name: 'Bash', success: 'true', 'session.id': 's' },
    });
    await provider.forceFlush();
    await provider.shutdown();

    const [request] = received.splice(0);
    expect(request).toMatchObject({ path: '/v1/logs', encoding, gzip: true });
    expect(events(request?.mapped ?? [])).toEqual([
      {
        kind: 'tool_call',
        time: '2026-03-01T10:00:00.500Z',
        agent_id: 'pod-1',
        agent_name: 'shop',
        agent_instance: 'pod-1',
        session: 's',
        tool_name: 'Bash',
        outcome: 'ok',
      },
    ]);
  });
});

describe('answers', () => {
  // Written by hand from the .proto files: field 1 is partial_success, in it 1 the count and 2 the message.
  it('are empty when there is nothing to say', () => {
    expect(encodeTraceResponse({ rejected: 0, message: '' }, 'protobuf')).toEqual(Buffer.alloc(0));
    expect(encodeLogsResponse({ rejected: 0, message: '' }, 'json').toString()).toBe('{}');
  });

  it('tell how many records were refused and why', () => {
    const partial = { rejected: 3, message: 'no' };
    const bytes = Buffer.from([0x0a, 0x06, 0x08, 0x03, 0x12, 0x02, 0x6e, 0x6f]);
    expect(encodeTraceResponse(partial, 'protobuf')).toEqual(bytes);
    expect(encodeLogsResponse(partial, 'protobuf')).toEqual(bytes);
    expect(JSON.parse(encodeTraceResponse(partial, 'json').toString())).toEqual({
      partialSuccess: { rejectedSpans: '3', errorMessage: 'no' },
    });
    expect(JSON.parse(encodeLogsResponse(partial, 'json').toString())).toEqual({
      partialSuccess: { rejectedLogRecords: '3', errorMessage: 'no' },
    });
  });

  it('carry an error as google.rpc.Status', () => {
    expect(encodeStatus('bad', 'protobuf')).toEqual(Buffer.from([0x12, 0x03, 0x62, 0x61, 0x64]));
    expect(encodeStatus('bad', 'json').toString()).toBe('{"message":"bad"}');
  });
});

describe('hostile bodies', () => {
  const decoders = [decodeTraces, decodeLogs];
  const tried = (body: Buffer, encoding: Encoding) => {
    for (const decode of decoders) {
      try {
        decode(body, encoding);
      } catch (error) {
        if (!(error instanceof TriplineError) || error.code !== 'TRIPLINE_INPUT_UNREADABLE') throw error;
      }
    }
  };

  it('of any bytes are decoded or unreadable, and nothing else', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => tried(Buffer.from(bytes), 'protobuf')));
    fc.assert(fc.property(fc.json(), (text) => tried(Buffer.from(text), 'json')));
  });

  it('with one bit of a good body flipped or its end cut are decoded or unreadable', () => {
    const good = goodTraces();
    for (let at = 0; at < good.length; at += 1) {
      tried(good.subarray(0, at), 'protobuf');
      for (let bit = 0; bit < 8; bit += 1) {
        const flipped = Buffer.from(good);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        tried(flipped, 'protobuf');
      }
    }
  });

  it('that announce more bytes than they have are unreadable', () => {
    expect(() => decodeTraces(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x07]), 'protobuf')).toThrow(TriplineError);
    expect(() => decodeTraces(Buffer.from('{"resourceSpans":'), 'json')).toThrow(TriplineError);
    expect(() => decodeTraces(Buffer.from('{"resourceSpans":7}'), 'json')).toThrow('resourceSpans is not an array');
  });

  it('of hundreds of thousands of empty messages are unreadable before they fill the memory', () => {
    const body = Buffer.alloc(2_100_000);
    for (let at = 0; at < body.length; at += 2) body[at] = 0x0a;
    expect(() => decodeTraces(body, 'protobuf')).toThrow('more than 200000 messages');
  });

  it('nested deep lose what is too deep, not the span', () => {
    let value = protobuf.Writer.create().uint32(0x0a).string('x').finish();
    for (let depth = 0; depth < 200; depth += 1) {
      const array = protobuf.Writer.create().uint32(0x0a).bytes(value).finish();
      value = protobuf.Writer.create().uint32(0x2a).bytes(array).finish();
    }
    expect(decodeTraces(goodTraces(value), 'protobuf')).toMatchObject([{ name: 'execute_tool x' }]);
    const text = `${'{"arrayValue":{"values":['.repeat(3000)}${']}}'.repeat(3000)}`;
    const json = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"n","attributes":[{"key":"k","value":${text}}]}]}]}]}`;
    expect(decodeTraces(Buffer.from(json), 'json')).toMatchObject([{ name: 'n' }]);
  });

  it('with records that are no objects refuse those and keep the others', () => {
    const span = { traceId: 'AB'.repeat(16), spanId: 'CD'.repeat(8), name: 'execute_tool x', constructor: 1 };
    const spans = [7, null, span, 'x'];
    const body = Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }, null, 3] }));
    expect(decodeTraces(body, 'json')).toMatchObject([
      { ok: false, field: 'spans', got: '7' },
      { ok: false },
      { name: 'execute_tool x', trace_id: 'ab'.repeat(16), span_id: 'cd'.repeat(8) },
      { ok: false, got: 'x' },
    ]);
  });

  it('with prototype keys stay data', () => {
    const attributes = [
      { key: '__proto__', value: { stringValue: 'x' } },
      { key: 'tripline.__proto__', value: { stringValue: 'x' } },
      { key: 'tripline.credential_handles.__proto__', value: { stringValue: 'x' } },
      { key: 'tripline.credential', value: { stringValue: 'jti:1' } },
    ];
    const span = { traceId: '1'.repeat(32), spanId: '1'.repeat(16), name: 'n', attributes };
    const body = Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }));
    const [entry] = otlpTraces(decodeTraces(body, 'json'));
    expect(entry?.ok && Object.getPrototypeOf(entry.event)).toBe(Object.prototype);
    expect({}).not.toHaveProperty('x');
  });
});

/** One resource, scope and span with every kind of field; `extra` is an encoded AnyValue. */
function goodTraces(extra: Uint8Array = Buffer.from([0x18, 0x05])): Buffer {
  const attribute = protobuf.Writer.create().uint32(0x0a).string('k').uint32(0x12).bytes(extra).finish();
  const status = protobuf.Writer.create().uint32(0x12).string('m').uint32(0x18).int32(2).finish();
  const span = protobuf.Writer.create()
    .uint32(0x0a).bytes(Buffer.alloc(16, 1))
    .uint32(0x12).bytes(Buffer.alloc(8, 2))
    .uint32(0x2a).string('execute_tool x')
    .uint32(0x30).int32(3)
    .uint32(0x39).fixed64('1772359200000000000')
    .uint32(0x4a).bytes(attribute)
    .uint32(0x7a).bytes(status)
    .finish(); // biome-ignore format: one field a line
  const scope = protobuf.Writer.create().uint32(0x12).bytes(span).finish();
  const group = protobuf.Writer.create().uint32(0x12).bytes(scope).finish();
  return Buffer.from(protobuf.Writer.create().uint32(0x0a).bytes(group).finish());
}

it('reads every field of a span where the protocol puts it', () => {
  expect(decodeTraces(goodTraces(), 'protobuf')).toEqual([
    {
      signal: 'span',
      name: 'execute_tool x',
      scope: '',
      trace_id: '01'.repeat(16),
      span_id: '02'.repeat(8),
      parent_span_id: '',
      kind: 3,
      start_ms: Date.parse('2026-03-01T10:00:00.000Z'),
      end_ms: Date.parse('2026-03-01T10:00:00.000Z'),
      status: 2,
      status_message: 'm',
      attributes: new Map([['k', 5]]),
      resource: new Map(),
      events: [],
      body: null,
    },
  ]);
});
