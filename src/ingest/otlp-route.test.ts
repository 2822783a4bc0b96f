import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { counted, holdWrites, newFolder, rowsIn, startTestDoor, type TestDoor } from './testing/door.ts';
import {
  END_MS,
  recordsJson,
  recordsProtobuf,
  START_MS,
  spansJson,
  spansProtobuf,
  type TestRecord,
  type TestSpan,
  TRACE_ID,
} from './testing/otlp.ts';

const folder = await newFolder();
const door = await startTestDoor(folder.dir, { config: { body_bytes_max: 50_000, request_events_max: 20 } });
afterAll(async () => {
  await door.stop();
  await folder.remove();
});

const TYPE = { json: 'application/json', protobuf: 'application/x-protobuf' } as const;
type Encoding = keyof typeof TYPE;
const BOTH: Encoding[] = ['json', 'protobuf'];
const spansOf = { json: spansJson, protobuf: spansProtobuf };
const recordsOf = { json: recordsJson, protobuf: recordsProtobuf };
const tool = (spanId: string, more: Partial<TestSpan> = {}): TestSpan => ({
  spanId,
  name: 'execute_tool read_invoice',
  ...more,
  attributes: {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'read_invoice',
    'gen_ai.agent.name': 'a1',
    ...more.attributes,
  },
});
const denied = (call: string, more: Record<string, string> = {}): TestRecord => ({
  eventName: 'gen_ai.tool.call.decision',
  attributes: {
    'gen_ai.tool.call.decision.outcome': 'deny',
    'gen_ai.tool.name': 'pay',
    'gen_ai.tool.call.id': call,
    'gen_ai.agent.name': 'a1',
    ...more,
  },
});

async function send(
  path: string,
  body: Buffer,
  encoding: Encoding,
  headers: Record<string, string> = {},
  to: TestDoor = door,
) {
  const answer = await fetch(to.url + path, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: { 'content-type': TYPE[encoding], ...headers },
  });
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
}
const rowOf = async (span_id: string) => (await rowsIn(door.log, 'events')).find((row) => row.span_id === span_id);
/** A text field of a protobuf message that is shorter than 128 bytes. */
const textField = (field: number, text: string) =>
  Buffer.concat([Buffer.of(field * 8 + 2, Buffer.byteLength(text)), Buffer.from(text)]);

describe.each(BOTH)('OTLP in %s', (encoding) => {
  const digit = encoding === 'json' ? '1' : '2';
  const id = (number: number) => `${digit}${number}`.padStart(16, '0');

  it('takes spans and says nothing but success', async () => {
    const answer = await send('/v1/traces', spansOf[encoding]([tool(id(1)), tool(id(2))]), encoding);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe(TYPE[encoding]);
    expect(answer.bytes.toString()).toBe(encoding === 'json' ? '{}' : '');
    expect(await rowOf(id(2))).toMatchObject({
      kind: 'tool_call',
      agent_id: 'a1',
      tool_name: 'read_invoice',
      tool_class: 'read',
      outcome: 'ok',
      time: END_MS,
      trace_id: TRACE_ID,
      session: TRACE_ID,
      producer: 'local',
    });
  });

  it('takes log records, packed too', async () => {
    const body = gzipSync(recordsOf[encoding]([denied(`call-${digit}`, { 'session.id': `logs-${digit}` })]));
    const answer = await send('/v1/logs', body, encoding, { 'content-encoding': 'gzip' });
    expect([answer.status, answer.bytes.toString()]).toEqual([200, encoding === 'json' ? '{}' : '']);
    const rows = (await rowsIn(door.log, 'events')).filter(({ session }) => session === `logs-${digit}`);
    expect(rows).toMatchObject([{ kind: 'tool_call', tool_name: 'pay', outcome: 'denied', time: START_MS }]);
  });

  it('takes an empty request, and spans that are not about agents, as a success that keeps nothing', async () => {
    const before = (await rowsIn(door.log, 'events')).length;
    const bodies = [
      Buffer.alloc(0),
      spansOf[encoding]([]),
      spansOf[encoding]([{ spanId: id(3), name: 'GET /health' }]),
    ];
    for (const body of bodies) {
      const answer = await send('/v1/traces', body, encoding);
      expect([answer.status, answer.bytes.toString()]).toEqual([200, encoding === 'json' ? '{}' : '']);
    }
    expect((await rowsIn(door.log, 'events')).length).toBe(before);
  });

  it('keeps the good spans beside bad ones, and says how many it refused and why', async () => {
    const bad = tool(id(5), { attributes: { 'tripline.outcome': 'fine' } });
    const health = { spanId: id(6), name: 'GET /health' };
    const worse = tool('0'.repeat(16));
    const { status, bytes } = await send('/v1/traces', spansOf[encoding]([tool(id(4)), health, bad, worse]), encoding);
    expect(status).toBe(200);
    const message = 'outcome: expected one of ok, error, denied, pending, got fine';
    // ExportTraceServiceResponse{1: ExportTracePartialSuccess{1: rejected_spans, 2: error_message}}
    const partial = Buffer.concat([Buffer.of(0x08, 2), textField(2, message)]);
    const expected = {
      json: JSON.stringify({ partialSuccess: { rejectedSpans: '2', errorMessage: message } }),
      protobuf: Buffer.concat([Buffer.of(0x0a, partial.length), partial]).toString(),
    };
    expect(bytes.toString()).toBe(expected[encoding]);
    expect(await rowOf(id(4))).toMatchObject({ tool_name: 'read_invoice' });
    expect(await rowOf(id(5))).toBeUndefined();
    const rejects = (await rowsIn(door.log, 'rejects')).filter(({ door: name }) => name === 'otlp_traces').slice(-2);
    expect(rejects.map(({ index, field }) => [index, field])).toEqual([
      [2, 'outcome'],
      [3, 'trace_id, span_id'],
    ]);
  });

  it('names refused log records as OTLP names them', async () => {
    const { bytes } = await send(
      '/v1/logs',
      recordsOf[encoding]([denied('x', { 'tripline.tool_class': 'magic' })]),
      encoding,
    );
    const text = bytes.toString();
    expect(text).toContain('tool_class: expected one of other, read,');
    if (encoding === 'json') expect(JSON.parse(text).partialSuccess.rejectedLogRecords).toBe('1');
    else expect([...bytes.subarray(2, 4)]).toEqual([0x08, 1]);
  });

  it('knows a resent span as a repeat', async () => {
    for (let times = 0; times < 2; times++) await send('/v1/traces', spansOf[encoding]([tool(id(7))]), encoding);
    expect((await rowsIn(door.log, 'events')).filter(({ span_id }) => span_id === id(7))).toHaveLength(1);
  });

  it('takes what a record says outright, except for who told us and when', async () => {
    const attributes = {
      'tripline.credential': 'gh-sha256:abc',
      'tripline.credential_handles.token_id': '77',
      'tripline.producer': 'gateway',
      'tripline.received': '2020-01-01T00:00:00Z',
    };
    await send('/v1/traces', spansOf[encoding]([tool(id(8), { attributes })]), encoding);
    const row = (await rowOf(id(8)))!;
    expect(row).toMatchObject({ credential: 'gh-sha256:abc', producer: 'local' });
    expect(row.credential_handles).toEqual({ token_id: '77' });
    expect(row.received).toBeGreaterThan(Date.parse('2026-01-01'));
  });

  it('answers errors with a Status in its own encoding', async () => {
    const large = spansOf[encoding]([tool(id(9), { attributes: { x: 'y'.repeat(50_000) } })]);
    const many = spansOf[encoding](Array.from({ length: 21 }, (_, i) => tool(id(100 + i))));
    const before = await counted(door.metrics.requestsShed, { limit: 'size' });
    const errors: [number, Buffer, Record<string, string>, string][] = [
      [
        400,
        Buffer.from('\x0anot it'),
        {},
        encoding === 'json' ? 'The body is not JSON' : 'The body is not an OTLP protobuf message',
      ],
      [400, Buffer.from('not gzip'), { 'content-encoding': 'gzip' }, 'The body is not gzip'],
      [401, spansOf[encoding]([tool(id(9))]), { authorization: 'Bearer tlk_wrong' }, 'The API key is not known'],
      [413, large, {}, 'A body has at most 50000 bytes, unpacked as well'],
      [413, many, {}, 'A request has at most 20 records'],
      [415, spansOf[encoding]([tool(id(9))]), { 'content-encoding': 'br' }, 'Content-Encoding is gzip or absent'],
    ];
    for (const [status, body, headers, message] of errors) {
      const answer = await send('/v1/traces', body, encoding, headers);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([status, TYPE[encoding]]);
      const expected = encoding === 'json' ? JSON.stringify({ message }) : textField(2, message).toString();
      expect(answer.bytes.toString()).toBe(expected);
    }
    expect((await counted(door.metrics.requestsShed, { limit: 'size' })) - before).toBe(2);
    expect(await rowOf(id(9))).toBeUndefined();
    expect(await rowOf(id(100))).toBeUndefined();
  });

  it('is told 429 and when to come back while too much waits', async () => {
    const other = await newFolder();
    const held = holdWrites();
    const slow = await startTestDoor(other.dir, { config: { waiting_events_max: 1 }, wrap: held.wrap });
    try {
      const first = send('/v1/traces', spansOf[encoding]([tool(id(1))]), encoding, {}, slow);
      await held.arrived();
      const refused = await send('/v1/traces', spansOf[encoding]([tool(id(2))]), encoding, {}, slow);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
      expect(refused.headers.get('content-type')).toBe(TYPE[encoding]);
      held.release();
      expect((await first).status).toBe(200);
    } finally {
      held.release();
      await slow.stop();
      await other.remove();
    }
  });
});

describe('OTLP', () => {
  it('in another type is refused with 415', async () => {
    for (const type of ['text/plain', 'application/x-ndjson', 'application/grpc']) {
      const { status, bytes } = await send('/v1/traces', spansJson([]), 'json', { 'content-type': type });
      expect(status).toBe(415);
      expect(JSON.parse(bytes.toString())).toEqual({
        message: 'Content-Type is application/x-protobuf or application/json',
      });
    }
  });

  it('in JSON is bounded in depth and in brackets and commas', async () => {
    const deep = Buffer.from(`{"resourceSpans":${'['.repeat(200)}${']'.repeat(200)}}`);
    const { status, bytes } = await send('/v1/traces', deep, 'json');
    expect([status, bytes.toString()]).toEqual([
      413,
      '{"message":"A JSON body has at most 128 levels and 2000000 brackets and commas"}',
    ]);
  });

  it('ignores fields that it does not know', async () => {
    const body = JSON.parse(spansJson([tool('00000000000000aa')]).toString());
    body.resourceSpans[0].scopeSpans[0].spans[0].newField = { any: ['thing'] };
    body.somethingNew = 1;
    expect((await send('/v1/traces', Buffer.from(JSON.stringify(body)), 'json')).status).toBe(200);
    expect(await rowOf('00000000000000aa')).toBeDefined();
  });
});
