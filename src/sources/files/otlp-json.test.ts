import { expect, it } from 'vitest';
import { pairs, TRACE } from '../otlp/testing.ts';
import { eventsOf, ndjson, readText } from './testing.ts';

const span = (spanId: string, attributes: object) => ({
  traceId: TRACE,
  spanId,
  name: 'execute_tool x',
  kind: 1,
  startTimeUnixNano: '1772359200000000000',
  endTimeUnixNano: '1772359201000000000',
  attributes: pairs({
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'x',
    'gen_ai.agent.name': 'a',
    ...attributes,
  }),
});

it('reads requests of spans and of log records, one a line', async () => {
  const log = {
    timeUnixNano: '1772359200500000000',
    body: { stringValue: 'claude_code.tool_result' },
    attributes: pairs({ tool_name: 'Bash', success: 'true', 'agent.name': 'c' }),
  };
  const read = await readText(
    ndjson(
      { resourceSpans: [{ scopeSpans: [{ spans: [span('00000000000000a1', {}), span('00000000000000a2', {})] }] }] },
      { resourceLogs: [{ scopeLogs: [{ logRecords: [log] }] }] },
      { resourceSpans: 'no' },
    ),
  );
  expect(eventsOf(read).map((event) => [event.kind, event.time, event.agent_id])).toEqual([
    ['tool_call', '2026-03-01T10:00:00.500Z', 'c'],
    ['tool_call', '2026-03-01T10:00:01.000Z', 'a'],
    ['tool_call', '2026-03-01T10:00:01.000Z', 'a'],
  ]);
  expect(read.filter((entry) => !entry.ok)).toMatchObject([{ ok: false, expected: 'an OTLP request' }]);
});
