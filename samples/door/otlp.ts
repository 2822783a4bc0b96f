import { randomBytes } from 'node:crypto';
import type { PostedEvent } from '../../src/event/event.ts';

type AnyValue =
  | { stringValue: string }
  | { intValue: string }
  | { doubleValue: number }
  | { arrayValue: { values: AnyValue[] } };
interface Attribute {
  key: string;
  value: AnyValue;
}

/** Fields that the GenAI conventions have a name for; the others go as `tripline.<field>`. */
const NAMES: Readonly<Record<string, string>> = {
  agent_id: 'gen_ai.agent.id',
  agent_name: 'gen_ai.agent.name',
  session: 'gen_ai.conversation.id',
  tool_name: 'gen_ai.tool.name',
  args: 'gen_ai.tool.call.arguments',
  result: 'gen_ai.tool.call.result',
  error_type: 'error.type',
  error_status: 'http.response.status_code',
  model: 'gen_ai.request.model',
  tokens_in: 'gen_ai.usage.input_tokens',
  tokens_out: 'gen_ai.usage.output_tokens',
  user: 'user.id',
};
/** Told by the span itself. */
const BY_SPAN = new Set(['kind', 'event_id', 'time', 'trace_id', 'span_id', 'outcome', 'attributes']);
const OPERATIONS: Readonly<Record<string, string>> = { tool_call: 'execute_tool', model_usage: 'chat' };
const INTERNAL = 1;
const STATUS_ERROR = 2;

/** Events as one OTLP/HTTP JSON export: what an agent that is instrumented with OpenTelemetry sends. */
export function traceRequest(events: readonly PostedEvent[]): object {
  const resource = { attributes: [attribute('service.name', 'acme-agents')] };
  const scope = { name: 'acme.agents', version: '2.3.0' };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope, spans: events.map(spanOf) }] }] };
}

function spanOf(event: PostedEvent): object {
  const operation = OPERATIONS[event.kind];
  const end = BigInt(Date.parse(event.time!)) * 1_000_000n;
  const tool = event.kind === 'tool_call' ? event.tool_name : undefined;
  return {
    traceId: event.trace_id ?? randomBytes(16).toString('hex'),
    spanId: event.span_id ?? randomBytes(8).toString('hex'),
    name: [operation ?? (event.kind === 'lifecycle' ? event.lifecycle : event.kind), tool ?? event.model]
      .filter(Boolean)
      .join(' '),
    kind: INTERNAL,
    startTimeUnixNano: String(end - 5_000_000n),
    endTimeUnixNano: String(end),
    attributes: attributesOf(event, operation),
    ...(event.outcome === 'error' || event.outcome === 'denied' ? { status: { code: STATUS_ERROR } } : {}),
  };
}

function attributesOf(event: PostedEvent, operation: string | undefined): Attribute[] {
  const attributes = [
    operation === undefined ? attribute('tripline.kind', event.kind) : attribute('gen_ai.operation.name', operation),
  ];
  for (const [field, value] of Object.entries(event)) {
    if (BY_SPAN.has(field) || value === undefined) continue;
    if (field === 'credential_handles')
      for (const [name, handle] of Object.entries(value as Record<string, string>))
        attributes.push(attribute(`tripline.credential_handles.${name}`, handle));
    else attributes.push(attribute(NAMES[field] ?? `tripline.${field}`, value));
  }
  return attributes;
}

function attribute(key: string, value: unknown): Attribute {
  return { key, value: anyValue(value) };
}

function anyValue(value: unknown): AnyValue {
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { stringValue: typeof value === 'object' ? JSON.stringify(value) : String(value) };
}
