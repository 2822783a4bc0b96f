import { ROOT_CONTEXT, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { afterAll, describe, expect, it } from 'vitest';
import { valueKind } from '../event/value-kind.ts';
import { bytesIn, newFolder, rowsIn, startTestDoor } from './testing/door.ts';

const folder = await newFolder();
const door = await startTestDoor(folder.dir);
afterAll(async () => {
  await door.stop();
  await folder.remove();
});

const traces = { json: JsonTraces, protobuf: ProtobufTraces };
const logs = { json: JsonLogs, protobuf: ProtobufLogs };
const jwt = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from('{"jti":"token-77","iss":"https://issuer.example"}').toString('base64url')}.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg`;
/** None of them may be on the disk, whole or in part. */
const SECRETS = [
  jwt,
  `ghp_${'aB3d'.repeat(9)}`,
  `hf_${'Zk3jX9mQ2v'.repeat(4).slice(0, 34)}`,
  'hunter2-is-the-password',
  'opaque-bearer-of-one-task',
];
const [, github, hub, password, opaque] = SECRETS;

type Attributes = Record<string, string | number | string[]>;
const tool = (more: Attributes = {}): Attributes => ({
  'gen_ai.operation.name': 'execute_tool',
  'gen_ai.tool.name': 'send_email',
  'gen_ai.agent.name': 'mailer',
  'gen_ai.conversation.id': 'conv-1',
  ...more,
});

type Start = (name: string, attributes: Attributes, parent?: Span) => Span;
const START = Date.parse('2026-11-25T10:00:00.000Z');
const END = Date.parse('2026-11-25T10:00:01.250Z');

describe.each(['json', 'protobuf'] as const)('the OpenTelemetry SDK over %s', (encoding) => {
  /** Runs an instrumented program; resolves with the ids of its spans when they were exported. */
  async function traced(run: (start: Start) => void): Promise<string[]> {
    const exporter = new traces[encoding]({ url: `${door.url}/v1/traces` });
    const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
    const tracer = provider.getTracer('test');
    const ids: string[] = [];
    run((name, attributes, parent) => {
      const above = parent === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, parent);
      const span = tracer.startSpan(name, { attributes, startTime: START }, above);
      ids.push(span.spanContext().spanId);
      return span;
    });
    await provider.forceFlush();
    await provider.shutdown();
    return ids;
  }
  const rowOf = async (span_id: string | undefined) =>
    (await rowsIn(door.log, 'events')).find((row) => row.span_id === span_id) ?? {};

  it('brings a tool call with its outcome, and of its content digests and values only', async () => {
    let trace_id = '';
    const [span_id] = await traced((start) => {
      const span = start(
        'execute_tool send_email',
        tool({
          'gen_ai.tool.call.arguments': '{"to":"ann@corp.example","note":"the quarterly numbers"}',
          'gen_ai.tool.call.result': '{"sent":true}',
          'http.response.status_code': 503,
          'error.type': 'MailServerDown',
          'app.queue': 'outbound',
        }),
      );
      span.setStatus({ code: SpanStatusCode.ERROR });
      trace_id = span.spanContext().traceId;
      span.end(END);
    });
    const row = await rowOf(span_id);
    expect(row).toMatchObject({
      kind: 'tool_call',
      agent_id: 'mailer',
      agent_name: 'mailer',
      session: 'conv-1',
      tool_name: 'send_email',
      tool_class: 'send',
      outcome: 'error',
      error_type: 'MailServerDown',
      error_status: 503,
      trace_id,
      time: END,
      producer: 'local',
      marks: [],
    });
    expect(row.attributes).toMatchObject({ 'app.queue': 'outbound' });
    expect(row.args_digest).toMatch(/^[0-9a-f]{32}$/);
    expect((row.args_values as number[]).map((value) => valueKind(value))).toContain('email');
    expect(JSON.stringify(row)).not.toMatch(/corp\.example|quarterly/);
  });

  it('brings the use of a model, with the request that it was given', async () => {
    const [span_id] = await traced((start) => {
      start('chat gpt-5', {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-5',
        'gen_ai.agent.name': 'mailer',
        'gen_ai.usage.input_tokens': 1200,
        'gen_ai.usage.output_tokens': 34,
        'gen_ai.input.messages': '[{"role":"user","parts":[{"type":"text","content":"Send it to bob@corp.example"}]}]',
      }).end(END);
    });
    const row = await rowOf(span_id);
    expect(row).toMatchObject({
      kind: 'model_usage',
      model: 'gpt-5',
      tokens_in: 1200,
      tokens_out: 34,
      agent_id: 'mailer',
      request_classes: ['send'],
    });
    expect((row.request_values as number[]).map((value) => valueKind(value))).toContain('email');
  });

  it('brings agents that ask agents, and nothing of spans that are of no agent', async () => {
    const agent = (name: string) => ({ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': name });
    const before = (await rowsIn(door.log, 'events')).length;
    const [outer, inner] = await traced((start) => {
      const planner = start('invoke_agent planner', agent('planner'));
      start('invoke_agent researcher', agent('researcher'), planner).end(END);
      planner.end(END);
      start('GET /health', { 'http.request.method': 'GET' }).end(END);
    });
    expect(await rowOf(outer)).toMatchObject({ lifecycle: 'session_started', agent_id: 'planner', time: START });
    const delegated = { lifecycle: 'delegation', agent_id: 'researcher', agent_parent: 'planner', time: START };
    expect(await rowOf(inner)).toMatchObject(delegated);
    expect((await rowsIn(door.log, 'events')).length - before).toBe(2);
  });

  it('brings log records', async () => {
    const exporter = new logs[encoding]({ url: `${door.url}/v1/logs` });
    const provider = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] });
    const time = Date.parse('2026-11-25T10:00:00.123Z');
    provider.getLogger('com.anthropic.claude_code.events').emit({
      timestamp: time,
      body: 'claude_code.tool_result',
      attributes: {
        'event.name': 'tool_result',
        'session.id': `log-${encoding}`,
        tool_name: 'Bash',
        tool_use_id: 'toolu_1',
        success: 'false',
        error_type: 'Error:ENOENT',
      },
    });
    await provider.forceFlush();
    await provider.shutdown();
    const rows = (await rowsIn(door.log, 'events')).filter(({ session }) => session === `log-${encoding}`);
    expect(rows).toMatchObject([
      { kind: 'tool_call', tool_name: 'Bash', outcome: 'error', error_type: 'Error:ENOENT', time },
    ]);
  });

  it('brings no secret any further than to the door', async () => {
    const told: Attributes[] = [
      { 'tripline.token': `Bearer ${jwt}` },
      { 'tripline.token': opaque!, 'app.note': `it used ${opaque}` },
      { 'gen_ai.tool.call.arguments': JSON.stringify({ headers: { authorization: `Bearer ${github}` }, password }) },
      { 'gen_ai.tool.call.result': `it is ${hub}`, 'app.note': `found ${github}`, 'app.list': [hub!, 'plain'] },
      { 'db.password': password! },
      { 'tripline.credential': `bearer:${opaque}`, 'tripline.kind': 'token_use' },
    ];
    const spans = await traced((start) => {
      for (const attributes of told) start('execute_tool send_email', tool(attributes)).end(END);
    });
    const rows = await Promise.all(spans.map(rowOf));
    expect(rows.map(({ marks }) => marks)).toEqual([
      [],
      ['secret_exposure'],
      ['secret_exposure', 'exposed_in_args'],
      ['secret_exposure', 'exposed_in_result'],
      ['secret_exposure', 'exposed_by_name'],
      ['secret_exposure'],
    ]);
    expect(rows[0]).toMatchObject({ credential: expect.stringMatching(/^tl-hmac:[0-9a-f]{32}$/) });
    expect(rows[0]!.credential_handles).toMatchObject({ jti: 'token-77', iss: 'https://issuer.example' });
    expect(rows[5]!.credential).toBe(rows[1]!.credential);
    expect((rows[1]!.attributes as Record<string, string>)['app.note']).toBe('it used [redacted:token]');
    const disk = await bytesIn(folder.dir);
    const logged = door.logged.join('');
    expect(disk.includes('send_email')).toBe(true);
    for (const secret of SECRETS) {
      expect(disk.includes(secret.slice(0, 16)), secret).toBe(false);
      expect(logged).not.toContain(secret.slice(0, 16));
    }
  });
});
