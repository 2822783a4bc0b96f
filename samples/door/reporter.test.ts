import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import type { PostedEvent } from '../../src/event/event.ts';
import { decodeTraces, otlpTraces } from '../../src/sources/otlp/index.ts';
import { listen } from '../sandbox/listen.ts';
import { traceRequest } from './otlp.ts';
import { createDoorReporter } from './reporter.ts';

let door: Awaited<ReturnType<typeof listen>> | undefined;
afterEach(async () => {
  await door?.close();
  door = undefined;
});

/** A door that gives the answers in turn, the last one for ever. */
async function doorAnswering(...answers: { status: number; body?: unknown }[]) {
  const bodies: PostedEvent[][] = [];
  const server = createServer(async (request, response) => {
    bodies.push(JSON.parse(await text(request)));
    const { status, body = {} } = answers.length > 1 ? answers.shift()! : answers[0]!;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  door = await listen(server);
  return { target: { ingestUrl: door.url }, bodies };
}

const taken = (accepted: number, rejected: unknown[] = []) => ({
  status: 202,
  body: { accepted, duplicates: 0, rejected },
});
const usage = (event_id: string): PostedEvent => ({ kind: 'model_usage', agent_id: 'a', event_id });

describe('the reporter', () => {
  it('sends the same batch again while the door is busy, and keeps the order', async () => {
    const { target, bodies } = await doorAnswering({ status: 503 }, { status: 429 }, taken(1), taken(2));
    const reporter = createDoorReporter({ target });
    reporter.push(usage('1'));
    await expect.poll(() => bodies.length).toBe(1);
    reporter.push(usage('2'));
    reporter.push(usage('3'));
    expect(await reporter.drain()).toEqual({ accepted: 3, rejected: 0, lost: 0 });
    expect(bodies.map((batch) => batch.map(({ event_id }) => event_id))).toEqual([['1'], ['1'], ['1'], ['2', '3']]);
  });

  it('counts what the door refuses, and does not send it again', async () => {
    const { target, bodies } = await doorAnswering(taken(1, [{ index: 1, field: 'kind' }]), { status: 400 });
    const reporter = createDoorReporter({ target });
    reporter.push(usage('1'));
    reporter.push(usage('2'));
    expect(await reporter.drain()).toEqual({ accepted: 1, rejected: 1, lost: 0 });
    reporter.push(usage('3'));
    expect(await reporter.drain()).toEqual({ accepted: 1, rejected: 2, lost: 0 });
    expect(bodies).toHaveLength(2);
  });

  it('counts an answer that it cannot read as lost', async () => {
    const { target } = await doorAnswering({ status: 200, body: 'hello' });
    const reporter = createDoorReporter({ target });
    reporter.push(usage('1'));
    expect(await reporter.drain()).toEqual({ accepted: 0, rejected: 0, lost: 1 });
  });
});

describe('events as OpenTelemetry spans', () => {
  it('come out of the OTLP source as they went in', () => {
    const event: PostedEvent = {
      kind: 'tool_call',
      time: '2026-11-26T08:00:00.125Z',
      agent_id: 'reader',
      agent_name: 'Reader',
      session: 's-1',
      task: 't-1',
      tool_name: 'files_read',
      target: 'files/F-1',
      token: 'raw-token-of-the-test',
      credential_handles: { iss: 'http://127.0.0.1:1', token_id: 'tok_1' },
      args: { id: 'F-1' },
      result: { error: 'invalid_token' },
      outcome: 'denied',
      error_status: 401,
      error_type: 'invalid_token',
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      span_id: 'b7ad6b7169203331',
    };
    const [mapped] = otlpTraces(decodeTraces(Buffer.from(JSON.stringify(traceRequest([event]))), 'json'));
    // Contents go as JSON text, which the door reads.
    const texts = { args: '{"id":"F-1"}', result: '{"error":"invalid_token"}' };
    expect(mapped).toMatchObject({ ok: true, event: { ...event, ...texts } });
  });
});
