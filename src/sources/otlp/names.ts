/**
 * Attribute names per canonical field, first match wins. Conventions are told apart by presence, never by
 * schema URL: emitters mix versions, and every `gen_ai.*` name is still moving.
 */
export const NAMES = {
  operation: ['gen_ai.operation.name'],
  tool_name: ['gen_ai.tool.name', 'tool_name', 'function_name', 'tool.name', 'ai.toolCall.name', 'mcp.tool.name'],
  tool_call_id: [
    'gen_ai.tool.call.id',
    'gen_ai.tool.call_id',
    'tool_use_id',
    'call_id',
    'tool_call.id',
    'tool.id',
    'ai.toolCall.id',
  ],
  tool_server: ['mcp.server.name', 'mcp_server_name', 'mcp_server.name', 'mcp_server', 'tool_source'],
  target: ['mcp.resource.uri', 'url.full', 'http.url', 'file_path', 'gen_ai.data_source.id'],
  session: [
    'gen_ai.conversation.id',
    'session.id',
    'conversation.id',
    'copilot_chat.chat_session_id',
    'gcp.vertex.agent.session_id',
    'traceloop.association.properties.session_id',
    'ai.telemetry.metadata.sessionId',
    'mcp.session.id',
  ],
  agent_id: ['gen_ai.agent.id', 'agent_id', 'gen_ai.agent.name', 'agent.name', 'agent_name', 'ai.telemetry.functionId'],
  agent_name: ['gen_ai.agent.name', 'agent_name', 'agent.name', 'ai.telemetry.functionId'],
  agent_parent: ['parent_agent_id', 'copilot_chat.parent_chat_session_id'],
  args: [
    'gen_ai.tool.call.arguments',
    'tool_input',
    'tool_parameters',
    'arguments',
    'function_args',
    'input.value',
    'tool.parameters',
    'ai.toolCall.args',
    'traceloop.entity.input',
    'gcp.vertex.agent.tool_call_args',
    'tool_arguments',
    'gen_ai.tool.args',
  ],
  result: [
    'gen_ai.tool.call.result',
    'output',
    'output.value',
    'ai.toolCall.result',
    'traceloop.entity.output',
    'gcp.vertex.agent.tool_response',
    'tool_response',
    'gen_ai.output',
  ],
  user: [
    'user.id',
    'user.email',
    'enduser.id',
    'user.account_uuid',
    'user.account_id',
    'gen_ai.user',
    'traceloop.association.properties.user_id',
    'ai.telemetry.metadata.userId',
  ],
  model: [
    'gen_ai.response.model',
    'gen_ai.request.model',
    'model',
    'llm.model_name',
    'ai.response.model',
    'ai.model.id',
  ],
  tokens_in: [
    'gen_ai.usage.input_tokens',
    'input_tokens',
    'input_token_count',
    'llm.token_count.prompt',
    'ai.usage.inputTokens',
    'ai.usage.promptTokens',
    'gen_ai.usage.prompt_tokens',
    'llm.usage.prompt_tokens',
  ],
  tokens_out: [
    'gen_ai.usage.output_tokens',
    'output_tokens',
    'output_token_count',
    'llm.token_count.completion',
    'ai.usage.outputTokens',
    'ai.usage.completionTokens',
    'gen_ai.usage.completion_tokens',
    'llm.usage.completion_tokens',
  ],
  cost_usd: ['cost_usd', 'gen_ai.usage.cost', 'llm.cost.total'],
  error_type: ['error.type', 'error_type', 'exception.type'],
  error_status: ['http.response.status_code', 'status_code', 'http.status_code', 'error.status_code'],
  source_ip: ['client.address'],
  user_agent: ['user_agent.original', 'http.user_agent'],
  workload: ['spiffe.id', 'workload.spiffe_id'],
} as const satisfies Record<string, readonly string[]>;

export type NameOf = keyof typeof NAMES;

/** What an emitter writes where it knows no tool call id. */
export const NO_CALL_ID = new Set(['', 'unknown', '<not specified>', 'null', 'None']);

/** Content and bulk that never become attributes of an event, by prefix. What is worth keeping of it has a field. */
export const CONTENT = [
  'gen_ai.input.',
  'gen_ai.output',
  'gen_ai.prompt',
  'gen_ai.completion',
  'gen_ai.system_instructions',
  'gen_ai.tool.definitions',
  'gen_ai.tool.description',
  'gen_ai.agent.description',
  'gcp.vertex.agent.llm_',
  'llm.input_messages',
  'llm.output_messages',
  'llm.prompts',
  'llm.completions',
  'llm.tools',
  'llm.invocation_parameters',
  'llm.request.functions',
  'input.',
  'output.',
  'tool.json_schema',
  'tool.description',
  'ai.prompt',
  'ai.response.text',
  'ai.response.object',
  'ai.response.toolCalls',
  'ai.request.headers',
  'http.request.header',
  'http.response.header',
  'url.query',
  'prompt',
  'full_command',
  'bash_command',
  'user_prompt',
  'pydantic_ai.all_messages',
  'all_messages_events',
  'tripline.',
] as const;

const consumed: ReadonlySet<string> = new Set(Object.values(NAMES).flat());

/** True for an attribute that may be kept as it is. */
export function isExtra(name: string): boolean {
  return name.length <= 128 && !consumed.has(name) && !CONTENT.some((prefix) => name.startsWith(prefix));
}
