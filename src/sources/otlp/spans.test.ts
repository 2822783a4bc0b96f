import { describe, expect, it } from 'vitest';
import { END, events, ids, START, TRACE, traces } from './testing.ts';

const span1 = { trace_id: TRACE, span_id: '0000000000000001' };

describe('tool calls of each emitter', () => {
  const emitters: [string, Parameters<typeof traces>, Record<string, unknown>][] = [
    [
      'the GenAI conventions with arguments as a key-value list',
      [
        [
          {
            name: 'execute_tool send_email',
            attributes: {
              'gen_ai.operation.name': 'execute_tool',
              'gen_ai.tool.name': 'send_email',
              'gen_ai.tool.call.id': 'call_1',
              'gen_ai.agent.name': 'mailer',
              'gen_ai.conversation.id': 'conv-9',
              'gen_ai.tool.call.arguments': { to: 'a@example.com', retries: 2 },
              'gen_ai.tool.call.result': '{"sent":true}',
            },
          },
        ],
        { 'service.name': 'mail-service', 'service.instance.id': 'pod-7' },
      ],
      {
        agent_id: 'mailer',
        agent_name: 'mailer',
        agent_instance: 'pod-7',
        session: 'conv-9',
        tool_name: 'send_email',
        args: { to: 'a@example.com', retries: 2 },
        result: { sent: true },
        outcome: 'ok',
      },
    ],
    [
      'VS Code Copilot Chat with a failed call',
      [
        [
          {
            name: 'execute_tool readFile',
            status: 2,
            attributes: {
              'gen_ai.operation.name': 'execute_tool',
              'gen_ai.tool.name': 'readFile',
              'gen_ai.tool.call.id': 'tc1',
              'copilot_chat.chat_session_id': 'chat-3',
              'error.type': 'FileNotFoundError',
            },
          },
        ],
        { 'service.name': 'copilot-chat' },
      ],
      {
        agent_id: 'copilot-chat',
        agent_name: 'copilot-chat',
        session: 'chat-3',
        tool_name: 'readFile',
        outcome: 'error',
        error_type: 'FileNotFoundError',
      },
    ],
    [
      'Gemini CLI, whose operation is tool_call and whose call id has an underscore',
      [
        [
          {
            name: 'tool_call',
            attributes: {
              'gen_ai.operation.name': 'tool_call',
              'gen_ai.tool.name': 'run_shell_command',
              'gen_ai.tool.call_id': 'c7',
              'gen_ai.agent.name': 'gemini-cli',
              'gen_ai.conversation.id': 's-1',
            },
          },
        ],
      ],
      {
        agent_id: 'gemini-cli',
        agent_name: 'gemini-cli',
        session: 's-1',
        tool_name: 'run_shell_command',
        outcome: 'ok',
      },
    ],
    [
      'Vercel AI SDK up to version 6',
      [
        [
          {
            name: 'ai.toolCall',
            status: 2,
            attributes: {
              'operation.name': 'ai.toolCall support',
              'ai.telemetry.functionId': 'support',
              'ai.telemetry.metadata.sessionId': 'web-1',
              'ai.telemetry.metadata.userId': 'u1',
              'ai.toolCall.name': 'weather',
              'ai.toolCall.id': 'tc',
              'ai.toolCall.args': '{"city":"Oslo"}',
            },
            events: [{ name: 'exception', attributes: { 'exception.type': 'TypeError' } }],
          },
        ],
      ],
      {
        agent_id: 'support',
        agent_name: 'support',
        session: 'web-1',
        user: 'u1',
        tool_name: 'weather',
        args: { city: 'Oslo' },
        outcome: 'error',
        error_type: 'TypeError',
      },
    ],
    [
      'OpenInference',
      [
        [
          {
            name: 'search',
            attributes: {
              'openinference.span.kind': 'TOOL',
              'tool.name': 'search',
              'tool.id': 't-1',
              'session.id': 's',
              'user.id': 'ann',
              'agent.name': 'crew',
              'input.value': '{"q":"x"}',
              'output.value': 'three hits',
            },
          },
        ],
      ],
      {
        agent_id: 'crew',
        agent_name: 'crew',
        session: 's',
        user: 'ann',
        tool_name: 'search',
        args: { q: 'x' },
        result: 'three hits',
        outcome: 'ok',
      },
    ],
    [
      'OpenLLMetry, whose gen_ai.agent.id is a run and not an agent',
      [
        [
          {
            name: 'lookup.tool',
            attributes: {
              'traceloop.span.kind': 'tool',
              'traceloop.entity.name': 'lookup',
              'traceloop.workflow.name': 'billing',
              'traceloop.association.properties.session_id': 'as-1',
              'traceloop.association.properties.user_id': 'bob',
              'gen_ai.agent.id': '5f0c-run',
              'traceloop.entity.input': '{"inputs":{"id":4}}',
            },
          },
        ],
      ],
      {
        agent_id: 'billing',
        session: 'as-1',
        user: 'bob',
        tool_name: 'lookup',
        args: { inputs: { id: 4 } },
        outcome: 'ok',
      },
    ],
    [
      'Pydantic AI version 2, waiting for approval',
      [
        [
          {
            name: 'running tool',
            status: 2,
            attributes: {
              'gen_ai.tool.name': 'refund',
              'gen_ai.tool.call.id': 'pyd',
              'gen_ai.conversation.id': 'c',
              'gen_ai.agent.name': 'desk',
              tool_arguments: '{"amount":5}',
              'pydantic_ai.tool.deferral.name': 'ApprovalRequired',
            },
          },
        ],
      ],
      {
        agent_id: 'desk',
        agent_name: 'desk',
        session: 'c',
        tool_name: 'refund',
        args: { amount: 5 },
        outcome: 'pending',
      },
    ],
    [
      'AutoGen',
      [
        [
          {
            name: 'execute_tool calc',
            attributes: {
              'gen_ai.operation.name': 'execute_tool',
              'gen_ai.system': 'autogen',
              'gen_ai.tool.name': 'calc',
              'gen_ai.agent.id': 'planner/1',
              'gen_ai.agent.name': 'planner',
            },
          },
        ],
      ],
      { agent_id: 'planner/1', agent_name: 'planner', session: TRACE, tool_name: 'calc', outcome: 'ok' },
    ],
    [
      'Microsoft Agent Framework, MCP client span refused by the server',
      [
        [
          {
            name: 'tools/call create_issue',
            kind: 3,
            status: 2,
            attributes: {
              'mcp.method.name': 'tools/call',
              'gen_ai.operation.name': 'execute_tool',
              'gen_ai.tool.name': 'create_issue',
              'jsonrpc.request.id': '3',
              'server.address': 'mcp.example.com',
              'server.port': 443,
              'gen_ai.conversation.id': 'maf',
              'error.type': '403',
            },
          },
        ],
        { 'service.name': 'maf-app' },
      ],
      {
        agent_id: 'maf-app',
        agent_name: 'maf-app',
        session: 'maf',
        tool_name: 'create_issue',
        tool_server: 'mcp.example.com:443',
        outcome: 'denied',
        error_type: '403',
        error_status: 403,
      },
    ],
    [
      'Google ADK without a call id',
      [
        [
          {
            name: 'execute_tool get_rate',
            attributes: {
              'gen_ai.operation.name': 'execute_tool',
              'gen_ai.system': 'gcp.vertex.agent',
              'gen_ai.tool.name': 'get_rate',
              'gen_ai.tool.call.id': '<not specified>',
              'gcp.vertex.agent.session_id': 'adk-1',
              'gcp.vertex.agent.tool_call_args': '{"cur":"EUR"}',
              'gcp.vertex.agent.tool_response': '{"rate":1.1}',
            },
          },
        ],
        { 'service.name': 'adk-app' },
      ],
      {
        agent_id: 'adk-app',
        agent_name: 'adk-app',
        session: 'adk-1',
        tool_name: 'get_rate',
        args: { cur: 'EUR' },
        result: { rate: 1.1 },
        outcome: 'ok',
      },
    ],
    [
      'Strands, which tells arguments and result as span events',
      [
        [
          {
            name: 'execute_tool shell',
            attributes: {
              'gen_ai.operation.name': 'execute_tool',
              'gen_ai.tool.name': 'shell',
              'gen_ai.tool.call.id': 'tooluse_1',
              'gen_ai.tool.status': 'error',
              'session.id': 'str-1',
              'gen_ai.agent.name': 'ops',
            },
            events: [
              { name: 'gen_ai.tool.message', attributes: { role: 'tool', content: '{"cmd":"ls"}', id: 'tooluse_1' } },
              { name: 'gen_ai.choice', attributes: { message: '[{"text":"denied"}]', id: 'tooluse_1' } },
            ],
          },
        ],
      ],
      {
        agent_id: 'ops',
        agent_name: 'ops',
        session: 'str-1',
        tool_name: 'shell',
        args: { cmd: 'ls' },
        result: [{ text: 'denied' }],
        outcome: 'error',
        error_type: 'error',
      },
    ],
    [
      'an MCP server, whose service is the server and not the agent',
      [
        [
          {
            name: 'tools/call query',
            kind: 2,
            attributes: {
              'mcp.method.name': 'tools/call',
              'gen_ai.tool.name': 'query',
              'mcp.session.id': 'm-1',
              'client.address': '203.0.113.9',
            },
          },
        ],
        { 'service.name': 'warehouse-mcp' },
      ],
      {
        agent_id: 'mcp-client:m-1',
        session: 'm-1',
        tool_name: 'query',
        tool_server: 'warehouse-mcp',
        source_ip: '203.0.113.9',
        outcome: 'ok',
      },
    ],
    [
      'an MCP client that reads a resource',
      [
        [
          {
            name: 'resources/read',
            kind: 3,
            attributes: {
              'mcp.method.name': 'resources/read',
              'mcp.resource.uri': 'file:///etc/hosts',
              'mcp.session.id': 'm',
            },
          },
        ],
        { 'service.name': 'client' },
      ],
      {
        agent_id: 'client',
        agent_name: 'client',
        session: 'm',
        tool_name: 'resources/read',
        target: 'file:///etc/hosts',
        outcome: 'ok',
      },
    ],
    [
      'the Anthropic SDK, whose span name holds the tool',
      [[{ name: 'anthropic.tool_use get_weather' }], { 'service.name': 'app' }],
      { agent_id: 'app', agent_name: 'app', session: TRACE, tool_name: 'get_weather', outcome: 'ok' },
    ],
  ];

  it.each(emitters)('maps %s', (_, input, expected) => {
    expect(events(traces(...input))).toEqual([{ kind: 'tool_call', time: END, ...span1, ...expected }]);
  });
});

describe('model calls', () => {
  const emitters: [string, Record<string, unknown>, string, Record<string, unknown>][] = [
    [
      'the conventions of today',
      {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-5',
        'gen_ai.response.model': 'gpt-5-2025',
        'gen_ai.usage.input_tokens': 100,
        'gen_ai.usage.output_tokens': 7,
        'gen_ai.input.messages': [
          { role: 'system', parts: [{ type: 'text', content: 'Be brief.' }] },
          { role: 'user', parts: [{ type: 'text', content: 'Pay invoice 12' }] },
          { role: 'user', parts: [{ type: 'tool_call_response', content: 'not his words' }] },
        ],
      },
      'chat gpt-5',
      { model: 'gpt-5-2025', tokens_in: 100, tokens_out: 7, request: 'Pay invoice 12' },
    ],
    [
      'names from before 1.27 with numbers as texts',
      {
        'gen_ai.system': 'anthropic',
        'llm.request.type': 'chat',
        'gen_ai.request.model': 'claude',
        'gen_ai.usage.prompt_tokens': '12',
        'gen_ai.usage.completion_tokens': '3',
        'gen_ai.prompt.0.role': 'user',
        'gen_ai.prompt.0.content': 'Hello',
      },
      'anthropic.chat',
      { model: 'claude', tokens_in: 12, tokens_out: 3, request: 'Hello' },
    ],
    [
      'OpenInference',
      {
        'openinference.span.kind': 'LLM',
        'llm.model_name': 'm',
        'llm.token_count.prompt': 5,
        'llm.token_count.completion': 6,
        'llm.input_messages.0.message.role': 'user',
        'llm.input_messages.0.message.content': 'Find X',
      },
      'ChatOpenAI',
      { model: 'm', tokens_in: 5, tokens_out: 6, request: 'Find X' },
    ],
    [
      'Vercel AI SDK up to version 6',
      {
        'ai.model.id': 'gpt-4o',
        'gen_ai.request.model': 'gpt-4o',
        'ai.usage.promptTokens': 9,
        'ai.usage.completionTokens': 2,
        'ai.prompt.messages': '[{"role":"user","content":[{"type":"text","text":"Book it"}]}]',
      },
      'ai.generateText.doGenerate',
      { model: 'gpt-4o', tokens_in: 9, tokens_out: 2, request: 'Book it' },
    ],
    [
      'Claude Code, beta traces',
      { 'gen_ai.system': 'anthropic', 'gen_ai.request.model': 'claude-x', input_tokens: 4, output_tokens: 1 },
      'claude_code.llm_request',
      { model: 'claude-x', tokens_in: 4, tokens_out: 1 },
    ],
    [
      'an operation name of its own making, with costs in two parts',
      {
        'gen_ai.operation.name': 'call_llm',
        'gen_ai.request.model': 'mistral-small',
        'gen_ai.usage.input_tokens': 3,
        'gen_ai.usage.output_tokens': 4,
        'gen_ai.usage.input_cost': 0.25,
        'gen_ai.usage.output_cost': 0.5,
      },
      'call_llm mistral-small',
      { model: 'mistral-small', tokens_in: 3, tokens_out: 4, cost_usd: 0.75 },
    ],
  ];

  it.each(emitters)('maps %s', (_, attributes, name, expected) => {
    const mapped = traces([{ name, attributes: { ...attributes, 'gen_ai.agent.name': 'a', 'session.id': 's' } }]);
    const common = {
      kind: 'model_usage',
      time: END,
      ...span1,
      agent_id: 'a',
      agent_name: 'a',
      session: 's',
      outcome: 'ok',
    };
    expect(events(mapped)).toEqual([{ ...common, ...expected }]);
  });

  it('takes no tokens from spans that repeat the sum of others', () => {
    const usage = { 'gen_ai.request.model': 'm', 'gen_ai.usage.input_tokens': 50, 'gen_ai.usage.output_tokens': 50 };
    const mapped = traces(
      [
        {
          name: 'invoke_agent a',
          attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'a', ...usage },
        },
        { name: 'agent_step', attributes: { 'gen_ai.operation.name': 'agent_step', ...usage } },
        { name: 'ai.generateText', attributes: usage },
      ],
      { 'service.name': 's' },
    );
    expect(events(mapped).map((event) => [event.kind, event.tokens_in])).toEqual([['lifecycle', undefined]]);
  });

  it('counts a model call once when two instrumentations wrapped it', () => {
    const mapped = traces(
      [
        {
          name: 'chat gpt',
          id: '00000000000000b1',
          parent: '00000000000000a1',
          attributes: {
            'gen_ai.operation.name': 'chat',
            'gen_ai.request.model': 'gpt',
            'gen_ai.usage.input_tokens': 8,
          },
        },
        {
          name: 'ChatOpenAI',
          id: '00000000000000a1',
          attributes: { 'openinference.span.kind': 'LLM', 'llm.model_name': 'gpt', 'llm.token_count.prompt': 8 },
        },
      ],
      { 'service.name': 's' },
    );
    expect(mapped[0]).toMatchObject({ ok: false, ignored: true });
    expect(events(mapped).map((event) => event.tokens_in)).toEqual([8]);
  });
});

describe('starts of agents', () => {
  const agent = (name: string, more: object = {}) => ({
    name: `invoke_agent ${name}`,
    attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': name, 'gen_ai.conversation.id': 'c' },
    ...more,
  });

  it('tells a session where nobody asked for it and a delegation under another agent', () => {
    const mapped = traces([
      agent('helper', { id: '00000000000000c1', parent: '00000000000000b1' }),
      { name: 'execute_tool helper', id: '00000000000000b1', parent: '00000000000000a1', attributes: {} },
      agent('boss', { id: '00000000000000a1' }),
    ]);
    expect(events(mapped)).toEqual([
      {
        kind: 'lifecycle',
        lifecycle: 'delegation',
        time: START,
        trace_id: TRACE,
        span_id: '00000000000000c1',
        agent_id: 'helper',
        agent_name: 'helper',
        agent_parent: 'boss',
        session: 'c',
      },
      {
        kind: 'lifecycle',
        lifecycle: 'session_started',
        time: START,
        trace_id: TRACE,
        span_id: '00000000000000a1',
        agent_id: 'boss',
        agent_name: 'boss',
        session: 'c',
      },
    ]);
  });

  it('tells a task where Claude Code opens an interaction', () => {
    const attributes = { 'session.id': 's', user_prompt: 'Fix the build', agent_id: 'main' };
    expect(events(traces([{ name: 'claude_code.interaction', attributes }]))).toEqual([
      {
        kind: 'lifecycle',
        lifecycle: 'task_started',
        time: START,
        ...span1,
        agent_id: 'main',
        session: 's',
        request: 'Fix the build',
      },
    ]);
  });
});

describe('one call on two spans', () => {
  const outer = {
    name: 'execute_tool create_issue',
    id: '00000000000000a1',
    attributes: {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'create_issue',
      'gen_ai.tool.call.id': 'call_1',
      'gen_ai.agent.name': 'dev',
    },
  };
  const inner = {
    name: 'tools/call create_issue',
    id: '00000000000000b1',
    parent: '00000000000000a1',
    kind: 3,
    attributes: {
      'mcp.method.name': 'tools/call',
      'gen_ai.tool.name': 'create_issue',
      'gen_ai.tool.call.id': 'call_1',
      'server.address': 'mcp.example.com',
      'error.type': 'tool_error',
    },
  };

  it('is one event with what both know when they come together', () => {
    const mapped = traces([inner, outer]);
    expect(mapped[0]).toMatchObject({ ok: false, ignored: true });
    expect(events(mapped)).toMatchObject([
      {
        agent_id: 'dev',
        tool_name: 'create_issue',
        tool_server: 'mcp.example.com',
        outcome: 'error',
        error_type: 'tool_error',
        span_id: '00000000000000a1',
      },
    ]);
  });

  it('has one event id when they come in two requests', () => {
    const resource = { 'service.name': 'app' };
    expect(ids(traces([inner], resource))).toEqual(ids(traces([outer], resource)));
  });

  it('stays two calls where the inner span is another tool', () => {
    const other = { ...inner, attributes: { ...inner.attributes, 'gen_ai.tool.call.id': 'call_2' } };
    expect(events(traces([other, outer], { 'service.name': 'app' }))).toHaveLength(2);
  });

  it('keeps retries apart, which repeat the call id', () => {
    const again = { ...outer, id: '00000000000000a2' };
    expect(new Set(ids(traces([outer, again]))).size).toBe(2);
  });

  it('joins the execution and the refusal of a Claude Code tool to its span', () => {
    const attributes = { tool_name: 'mcp__github__push', tool_use_id: 'toolu_1', 'session.id': 's' };
    const tool = { name: 'claude_code.tool', id: '00000000000000a1', attributes };
    const execution = {
      name: 'claude_code.tool.execution',
      id: '00000000000000b1',
      parent: '00000000000000a1',
      attributes: { success: 'false', error: 'ENOENT' },
    };
    expect(events(traces([execution, tool], { 'service.name': 'claude-code' }))).toEqual([
      {
        kind: 'tool_call',
        time: END,
        trace_id: TRACE,
        span_id: '00000000000000a1',
        agent_id: 'claude-code',
        agent_name: 'claude-code',
        session: 's',
        tool_name: 'push',
        tool_server: 'github',
        outcome: 'error',
        error_type: 'ENOENT',
      },
    ]);
  });

  it('survives parents in a circle', () => {
    const mapped = traces([{ ...outer, parent: '00000000000000b1' }, inner], { 'service.name': 'app' });
    expect(events(mapped)).toHaveLength(2);
  });
});

describe('explicit attributes', () => {
  it('add the credential and its handles to a tool call', () => {
    const [event] = events(
      traces(
        [
          {
            name: 'execute_tool pay',
            attributes: {
              'gen_ai.operation.name': 'execute_tool',
              'gen_ai.tool.name': 'pay',
              'tripline.credential': 'jti:https://issuer.example#77',
              'tripline.credential_handles.jti': '77',
              'tripline.credential_handles.iss': 'https://issuer.example',
              'tripline.task': 'task-1',
              'tripline.target': 'bank:transfer',
              'tripline.scope_tools': 'pay, refund',
              'tripline.error_status': '200',
            },
          },
        ],
        { 'tripline.agent_id': 'agent-from-resource', 'tripline.tenant': 'acme' },
      ),
    );
    expect(event).toMatchObject({
      agent_id: 'agent-from-resource',
      tenant: 'acme',
      credential: 'jti:https://issuer.example#77',
      credential_handles: { jti: '77', iss: 'https://issuer.example' },
      task: 'task-1',
      target: 'bank:transfer',
      scope_tools: ['pay', 'refund'],
      error_status: 200,
    });
  });

  it('make a use of a token of any span that names one', () => {
    const mapped = traces([
      {
        name: 'GET',
        kind: 3,
        status: 2,
        attributes: {
          'tripline.credential': 'sha256:abc',
          'url.full': 'https://api.example.com/v1/orders',
          'http.response.status_code': 401,
          'error.type': '401',
        },
      },
    ]);
    expect(events(mapped)).toEqual([
      {
        kind: 'token_use',
        time: END,
        ...span1,
        session: TRACE,
        credential: 'sha256:abc',
        target: 'https://api.example.com/v1/orders',
        outcome: 'denied',
        error_type: '401',
        error_status: 401,
      },
    ]);
  });

  it('cannot set what Tripline sets itself', () => {
    const attributes = { 'tripline.kind': 'token_use', 'tripline.producer': 'admin', 'tripline.received': START };
    expect(events(traces([{ name: 'x', attributes }]))[0]).not.toHaveProperty('producer');
  });

  it('turn any span into a lifecycle event', () => {
    const attributes = { 'tripline.lifecycle': 'task_ended', 'tripline.task': 't', 'tripline.agent_id': 'a' };
    expect(events(traces([{ name: 'job', attributes }]))).toEqual([
      { kind: 'lifecycle', lifecycle: 'task_ended', task: 't', agent_id: 'a', time: END, session: TRACE, ...span1 },
    ]);
  });
});

describe('everything else', () => {
  it('ignores spans that are not about agents, and says so', () => {
    expect(traces([{ name: 'GET /health', kind: 2, attributes: { 'http.request.method': 'GET' } }])).toEqual([
      {
        ok: false,
        field: 'span',
        expected: 'a span of an agent, a tool call or a model call',
        got: 'GET /health',
        ignored: true,
      },
    ]);
  });

  it('ignores the merged span of Google ADK and MCP housekeeping', () => {
    const mapped = traces([
      {
        name: 'execute_tool (merged tools)',
        attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': '(merged tools)' },
      },
      { name: 'tools/list', kind: 3, attributes: { 'mcp.method.name': 'tools/list' } },
    ]);
    expect(mapped.map((entry) => !entry.ok && entry.ignored)).toEqual([true, true]);
  });

  it('refuses a span without ids', () => {
    expect(traces([{ name: 'execute_tool x', id: '0000000000000000' }])).toMatchObject([
      { ok: false, field: 'trace_id, span_id' },
    ]);
    expect(traces([{ name: 'execute_tool x', id: '0000000000000000' }])[0]).not.toHaveProperty('ignored');
  });

  it('keeps other attributes as bounded texts and leaves content out', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`app.k${index}`, index]));
    const attributes = {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'x',
      'gen_ai.output.messages': 'secret words',
      'app.long': 'word '.repeat(1000),
      'app.flags': ['a', 'b'],
      ...many,
    };
    const [entry] = traces([{ name: 'execute_tool x', attributes }], { 'service.name': 'svc', 'host.name': 'h1' });
    const kept = entry?.ok ? (entry.event.attributes ?? {}) : {};
    expect(kept['app.long']).toBe(`${'word '.repeat(204)}word`);
    expect(kept['app.flags']).toBe('a,b');
    expect(kept['host.name']).toBe('h1');
    expect(kept).not.toHaveProperty('gen_ai.output.messages');
    // 32 of the 42 of the span are kept; those of the resource come on top.
    expect(kept.attributes_dropped).toBe('10');
  });

  it('cuts names that are longer than their field instead of losing the call', () => {
    const attributes = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': `read ${'n'.repeat(4000)}` };
    const [event] = events(traces([{ name: 'execute_tool', attributes }], { 'service.name': 's' }));
    expect(event?.tool_name).toBe('read ');
  });
});
