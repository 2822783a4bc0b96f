import { createHash } from 'node:crypto';
import type { Item } from './item.ts';
import { NO_CALL_ID } from './names.ts';
import { asText, attributeText, find } from './read.ts';

/** Stable event id of some parts: a resent record gets the same one, so that a repeat changes nothing. */
export function eventId(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  // A separator that ids do not hold: ('ab', 'c') and ('a', 'bc') differ.
  for (const part of parts) hash.update(part).update('\u0000');
  return `otlp-${hash.digest('hex').slice(0, 32)}`;
}

/** The model's id of a tool call; undefined where the emitter has none. A JSON-RPC id is not one: it counts from 1. */
export function callIdOf(item: Item): string | undefined {
  const id = asText(find(item.attributes, 'tool_call_id'));
  return id === undefined || NO_CALL_ID.has(id) ? undefined : id;
}

/**
 * Id of what a span tells. One tool call may be on two spans, `execute_tool` and inside it the MCP client's.
 * Where both carry the call id, the inner one is named after its parent, so that both have one id even when
 * they arrive in different requests. The call id alone would hide retries, which keep it.
 */
export function spanEventId(span: Item): string {
  const session = attributeText(span, 'session.id');
  const call = callIdOf(span);
  if (call !== undefined && session !== undefined && span.name.startsWith('claude_code.'))
    return claudeId(session, call);
  const inner = call !== undefined && attributeText(span, 'mcp.method.name') !== undefined && span.kind === CLIENT;
  const anchor = inner && span.parent_span_id !== '' ? span.parent_span_id : span.span_id;
  return eventId('span', span.trace_id, anchor, call ?? '');
}

const CLIENT = 3;

/** Claude Code tells a call by log and by trace, where both are on; its tool use ids are unique. */
export function claudeId(session: string, call: string): string {
  return eventId('claude_code', session, call);
}

/** Ids of the log records of one request: a hash of what they say, and a number where two say the same. */
export function logEventIds(): (log: Item) => string {
  const seen = new Map<string, number>();
  return (log) => {
    const said = [...log.attributes].map(([key, value]) => `${key}=${JSON.stringify(value, asEntries)}`).sort();
    const id = eventId(
      'log',
      log.trace_id,
      log.span_id,
      log.name,
      String(log.start_ms),
      JSON.stringify(log.body),
      ...said,
    );
    const times = seen.get(id) ?? 0;
    seen.set(id, times + 1);
    return times === 0 ? id : `${id}-${times}`;
  };
}

function asEntries(_: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value;
}
