import type { Item } from './item.ts';
import { attributeText, find } from './read.ts';

/** What a span or log record tells of. `part` belongs to the tool call of its parent span. */
export type Class = 'tool' | 'inference' | 'agent' | 'task' | 'part' | 'none';

const TOOL_OPERATIONS = new Set(['execute_tool', 'tool_call']);
const AGENT_OPERATIONS = new Set(['invoke_agent', 'create_agent', 'invoke_workflow', 'agent_call']);
const INFERENCE_OPERATIONS = new Set([
  'chat',
  'generate_content',
  'text_completion',
  'embeddings',
  'call_llm',
  'llm_call',
]);
/** MCP requests that read something for the agent. The others are protocol housekeeping. */
const MCP_TOOL_METHODS = new Set(['tools/call', 'resources/read', 'prompts/get']);
/** Names of spans of emitters without an operation name. */
const BY_NAME = new Map<string, Class>([
  ['ai.toolCall', 'tool'],
  ['running tool', 'tool'],
  ['agent run', 'agent'],
  ['claude_code.tool', 'tool'],
  ['claude_code.tool.execution', 'part'],
  ['claude_code.tool.blocked_on_user', 'part'],
  ['claude_code.llm_request', 'inference'],
  ['claude_code.interaction', 'task'],
  ['call_llm', 'inference'],
]);
/** Kinds of OpenInference, OpenLLMetry and LangSmith, lower-cased. */
const BY_KIND = new Map<string, Class>([
  ['tool', 'tool'],
  ['llm', 'inference'],
  ['embedding', 'inference'],
  ['agent', 'agent'],
  ['workflow', 'agent'],
]);
const KIND_NAMES = ['openinference.span.kind', 'traceloop.span.kind', 'langsmith.span.kind'];
/** Vercel AI SDK up to version 6: the outer `ai.generateText` repeats the sum of these. */
const VERCEL_INFERENCE = /^ai\..*\.do(?:Generate|Stream|Embed)$/;

const MODEL_OPERATION = /llm|chat|completion|generate|inference/;

export function classify(span: Item): Class {
  // Google ADK adds a span that repeats parallel calls.
  if (attributeText(span, 'gen_ai.tool.name') === '(merged tools)') return 'none';
  const operation = attributeText(span, 'gen_ai.operation.name')?.toLowerCase() ?? '';
  const method = attributeText(span, 'mcp.method.name');
  if (TOOL_OPERATIONS.has(operation)) return 'tool';
  if (method !== undefined) return MCP_TOOL_METHODS.has(method) ? 'tool' : 'none';
  if (AGENT_OPERATIONS.has(operation)) return 'agent';
  if (INFERENCE_OPERATIONS.has(operation)) return 'inference';
  const named = BY_NAME.get(span.name);
  if (named !== undefined) return named;
  for (const name of KIND_NAMES) {
    const kind = attributeText(span, name);
    if (kind !== undefined) return BY_KIND.get(kind.toLowerCase()) ?? 'none';
  }
  if (span.name.startsWith('anthropic.tool_use ')) return 'tool';
  if (VERCEL_INFERENCE.test(span.name) || attributeText(span, 'llm.request.type') !== undefined) return 'inference';
  // Sums of other spans carry tokens too: an unknown operation must at least name a model call.
  const plausible = operation === '' ? !span.name.startsWith('ai.') : MODEL_OPERATION.test(operation);
  return plausible && isModelCall(span) ? 'inference' : 'none';
}

function isModelCall(span: Item): boolean {
  return find(span.attributes, 'model') !== undefined && find(span.attributes, 'tokens_in') !== undefined;
}
