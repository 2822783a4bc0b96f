import { describe, expect, it } from 'vitest';
import { quoteLongIntegers } from './python-spans.ts';
import { eventsOf, readText } from './testing.ts';

describe('spans of the Python SDK', () => {
  // The ids in hex were worked out with Python's hex(): JavaScript numbers would lose their last digits.
  const dumped =
    `{"name":"execute_tool write_file","kind":"internal","parent":{"trace_id":39712373237291850001929057769826244787,
    "span_id":2795294992452118289},"start_time":1758026595109197000,"end_time":1758026595112362000,
    "status":{"status_code":"error","description":null},
    "context":{"trace_id":39712373237291850001929057769826244787,"span_id":1807164324042463798},
    "attributes":{"gen_ai.operation.name":"execute_tool","gen_ai.tool.name":"write_file","gen_ai.tool.args":"{\\"text\\": \\"2025\\"}",
    "note":"12345678901234567890"},"links":[],"events":[],"resource":{"attributes":{"service.name":"writer"}}}`.replace(
      /\n\s*/g,
      '',
    );

  it('keep every digit of their integer ids', async () => {
    expect(eventsOf(await readText(dumped))).toMatchObject([
      {
        kind: 'tool_call',
        agent_id: 'writer',
        tool_name: 'write_file',
        args: '{"text": "2025"}',
        outcome: 'error',
        time: '2025-09-16T12:43:15.112Z',
        trace_id: '1de0532b350588ff152b1edf6bf358b3',
        span_id: '19145660c14f5a36',
        session: '1de0532b350588ff152b1edf6bf358b3',
        attributes: { note: '12345678901234567890' },
      },
    ]);
  });

  it('may have the form of to_json, with hex ids and ISO times', async () => {
    const span = {
      name: 'chat gpt',
      context: { trace_id: '0x1DE0532b350588ff152b1edf6bf358b3', span_id: '0x19145660c14f5a36' },
      kind: 'SpanKind.CLIENT',
      parent_id: null,
      start_time: '2026-03-01T10:00:00.000000Z',
      end_time: '2026-03-01T10:00:02.500000Z',
      status: { status_code: 'UNSET' },
      attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt', 'gen_ai.usage.input_tokens': 4 },
      events: [],
      resource: { attributes: { 'service.name': 's' } },
    };
    expect(eventsOf(await readText(JSON.stringify(span)))).toMatchObject([
      {
        kind: 'model_usage',
        time: '2026-03-01T10:00:02.500Z',
        trace_id: '1de0532b350588ff152b1edf6bf358b3',
        tokens_in: 4,
        outcome: 'ok',
      },
    ]);
  });

  it('become texts only where a number would lose digits', () => {
    expect(
      quoteLongIntegers(
        '{"a":1758026595109197000,"b":[-12345678901234567,1.2345678901234567890,5],"c":"x 99999999999999999 \\" 1"}',
      ),
    ).toBe(
      '{"a":"1758026595109197000","b":["-12345678901234567",1.2345678901234567890,5],"c":"x 99999999999999999 \\" 1"}',
    );
  });
});
