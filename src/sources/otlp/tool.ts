import { commonFields, type Draft, resourceText } from './common.ts';
import type { Item, SpanEvent, Value } from './item.ts';
import { outcomeOf } from './outcome.ts';
import { asContent, asText, attributeText, find, findText, member } from './read.ts';

const SERVER = 2;
const INTERNAL_NAME = /^(?:execute_tool|tools\/call|anthropic\.tool_use) (.+)$/;

/** A tool call told by a span. */
export function toolCall(span: Item): Draft {
  const named = toolOf(span);
  return {
    ...commonFields(span),
    kind: 'tool_call',
    tool_name: named.tool_name,
    tool_server: named.tool_server ?? serverOf(span),
    target: findText(span, 'target'),
    args: argsOf(span),
    result: resultOf(span),
    ...outcomeOf(span),
    ...(span.kind === SERVER && servedBy(span)),
  };
}

export interface ToolName {
  tool_name: string | undefined;
  tool_server?: string | undefined;
}

function toolOf(span: Item): ToolName {
  const name = findText(span, 'tool_name') ?? entityName(span) ?? INTERNAL_NAME.exec(span.name)?.[1];
  // Reading a resource or a prompt of an MCP server has no tool; the method stands for it.
  return splitMcpName(name ?? attributeText(span, 'mcp.method.name') ?? span.name);
}

/** Claude Code and Codex call a tool of an MCP server `mcp__<server>__<tool>`. */
export function splitMcpName(name: string): ToolName {
  const parts = /^mcp__(.+?)__(.+)$/.exec(name);
  return parts === null ? { tool_name: name } : { tool_server: parts[1], tool_name: parts[2] };
}

function entityName(span: Item): string | undefined {
  return attributeText(span, 'traceloop.span.kind') === 'tool'
    ? attributeText(span, 'traceloop.entity.name')
    : undefined;
}

function serverOf(span: Item): string | undefined {
  const named = findText(span, 'tool_server');
  if (named !== undefined) return named;
  const address = attributeText(span, 'server.address');
  const port = attributeText(span, 'server.port');
  return address === undefined || port === undefined ? address : `${address}:${port}`;
}

/** The span of an MCP server: its service is the server, and its caller is known by session or address only. */
function servedBy(span: Item): Draft {
  const agent = findText(span, 'agent_id');
  const caller = attributeText(span, 'mcp.session.id') ?? attributeText(span, 'client.address') ?? 'unknown';
  return {
    agent_id: agent ?? `mcp-client:${caller}`,
    agent_name: findText(span, 'agent_name'),
    agent_instance: undefined,
    tool_server: resourceText(span, 'service.name'),
  };
}

function argsOf(span: Item): unknown {
  const value = find(span.attributes, 'args') ?? eventContent(span.events, 'gen_ai.tool.message', 'content');
  return asContent(value);
}

function resultOf(span: Item): unknown {
  const value = find(span.attributes, 'result') ?? choiceOf(span.events) ?? claudeOutput(span.events);
  return asContent(value);
}

/** Strands tells arguments and result as span events. */
function choiceOf(events: readonly SpanEvent[]): Value | undefined {
  return eventContent(events, 'gen_ai.choice', 'message') ?? eventContent(events, 'gen_ai.choice', 'content');
}

/** Claude Code puts bodies into the span event `tool.output`. */
function claudeOutput(events: readonly SpanEvent[]): Value | undefined {
  return eventContent(events, 'tool.output', 'output') ?? eventContent(events, 'tool.output', 'content');
}

function eventContent(events: readonly SpanEvent[], event: string, attribute: string): Value | undefined {
  return events.find(({ name }) => name === event)?.attributes.get(attribute);
}

/** Parts that a structured attribute of a log record holds, as texts. */
export function memberText(structure: unknown, name: string): string | undefined {
  const value = member(structure, name);
  return typeof value === 'string' || typeof value === 'number' ? asText(value) : undefined;
}
