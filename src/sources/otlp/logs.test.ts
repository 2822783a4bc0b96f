import { describe, expect, it } from 'vitest';
import { events, ids, logs, START } from './testing.ts';

const time = START;
const claude = { 'service.name': 'claude-code' };

describe('Claude Code', () => {
  const common = { time, agent_id: 'claude-code', agent_name: 'claude-code', session: 'ses', task: 'p-1', user: 'u' };
  const attributes = (more: object) => ({ 'session.id': 'ses', 'prompt.id': 'p-1', 'user.id': 'u', ...more });

  it('tells the result of a tool, whose success is a text', () => {
    const record = {
      body: 'claude_code.tool_result',
      attributes: attributes({
        'event.name': 'tool_result',
        tool_name: 'Bash',
        tool_use_id: 'toolu_1',
        success: 'false',
        error_type: 'Error:ENOENT',
        tool_input: '{"command":"ls /nope"}',
        decision_type: 'accept',
        decision_source: 'config',
      }),
    };
    expect(events(logs([record], claude))).toEqual([
      {
        ...common,
        kind: 'tool_call',
        tool_name: 'Bash',
        args: { command: 'ls /nope' },
        outcome: 'error',
        error_type: 'Error:ENOENT',
      },
    ]);
  });

  it('knows its events by scope where the body is something else', () => {
    const record = { eventName: 'tool_result', attributes: attributes({ tool_name: 'Read', success: 'true' }) };
    expect(events(logs([record], claude, 'com.anthropic.claude_code.events'))).toEqual([
      { ...common, kind: 'tool_call', tool_name: 'Read', outcome: 'ok' },
    ]);
    expect(logs([record], claude, 'some.other.scope')).toMatchObject([{ ok: false, ignored: true }]);
  });

  it('finds the real name of an MCP tool in the parameters', () => {
    const tool_parameters = '{"mcp_server_name":"jira","mcp_tool_name":"create","x":1}';
    const record = {
      body: 'claude_code.tool_result',
      attributes: attributes({ tool_name: 'mcp_tool', tool_parameters, success: 'true' }),
    };
    expect(events(logs([record], claude))[0]).toMatchObject({
      tool_name: 'create',
      tool_server: 'jira',
      outcome: 'ok',
    });
  });

  it('tells a refused call, which has no result, and skips accepted ones, which have', () => {
    const decision = (decision: string, source: string) => ({
      body: 'claude_code.tool_decision',
      attributes: attributes({ tool_name: 'Write', tool_use_id: 't', decision, source }),
    });
    const mapped = logs([decision('reject', 'user_reject'), decision('accept', 'config')], claude);
    expect(events(mapped)).toEqual([
      { ...common, kind: 'tool_call', tool_name: 'Write', outcome: 'denied', error_type: 'user_reject' },
    ]);
    expect(mapped[1]).toMatchObject({ ok: false, ignored: true });
  });

  it('adds the cache to the tokens read', () => {
    const record = {
      body: 'claude_code.api_request',
      attributes: attributes({
        model: 'claude-sonnet',
        input_tokens: '10',
        cache_read_tokens: '200',
        cache_creation_tokens: '30',
        output_tokens: '5',
        cost_usd: '0.0125',
        request_id: 'req_1',
      }),
    };
    expect(events(logs([record], claude))).toEqual([
      {
        ...common,
        kind: 'model_usage',
        model: 'claude-sonnet',
        tokens_in: 240,
        tokens_out: 5,
        cost_usd: 0.0125,
        outcome: 'ok',
      },
    ]);
  });

  it('tells a failed request with its status, and a task with what was asked', () => {
    const mapped = logs(
      [
        {
          body: 'claude_code.api_error',
          attributes: attributes({ model: 'm', status_code: 529, error: 'Overloaded, try later' }),
        },
        { body: 'claude_code.user_prompt', attributes: attributes({ prompt: 'Release it', prompt_length: '10' }) },
      ],
      claude,
    );
    expect(events(mapped)).toEqual([
      { ...common, kind: 'model_usage', model: 'm', outcome: 'error', error_type: 'error', error_status: 529 },
      { ...common, kind: 'lifecycle', lifecycle: 'task_started', request: 'Release it' },
    ]);
  });
});

it('maps Codex CLI', () => {
  const base = { 'conversation.id': 'conv', 'user.account_id': 'acc', 'user.email': 'e@example.com' };
  const mapped = logs(
    [
      {
        attributes: {
          ...base,
          'event.name': 'codex.tool_result',
          tool_name: 'shell',
          call_id: 'c1',
          arguments: '{"cmd":["ls"]}',
          output: 'README.md',
          success: 'true',
          duration_ms: '12',
        },
      },
      {
        attributes: {
          ...base,
          'event.name': 'codex.tool_decision',
          tool_name: 'shell',
          call_id: 'c2',
          decision: 'denied',
        },
      },
      {
        attributes: {
          ...base,
          'event.name': 'codex.tool_decision',
          tool_name: 'shell',
          call_id: 'c3',
          decision: 'approved',
        },
      },
      {
        attributes: {
          ...base,
          'event.name': 'codex.sse_event',
          'event.kind': 'response.completed',
          model: 'gpt-5-codex',
          input_token_count: '900',
          output_token_count: '40',
          cached_token_count: 800,
        },
      },
      { attributes: { ...base, 'event.name': 'codex.sse_event', 'event.kind': 'response.created' } },
      { attributes: { ...base, 'event.name': 'codex.user_prompt', prompt: '[REDACTED]' } },
      { attributes: { ...base, 'event.name': 'codex.api_request', 'http.response.status_code': 401, attempt: 1 } },
    ],
    { 'service.name': 'codex_cli_rs' },
  );
  const common = { time, agent_id: 'codex_cli_rs', agent_name: 'codex_cli_rs', session: 'conv', user: 'e@example.com' };
  expect(events(mapped)).toEqual([
    { ...common, kind: 'tool_call', tool_name: 'shell', args: { cmd: ['ls'] }, result: 'README.md', outcome: 'ok' },
    { ...common, kind: 'tool_call', tool_name: 'shell', outcome: 'denied', error_type: 'denied' },
    { ...common, kind: 'model_usage', model: 'gpt-5-codex', tokens_in: 900, tokens_out: 40, outcome: 'ok' },
    { ...common, kind: 'lifecycle', lifecycle: 'task_started' },
    { ...common, kind: 'model_usage', outcome: 'denied', error_type: 'error', error_status: 401 },
  ]);
});

it('maps Gemini CLI', () => {
  const base = { 'session.id': 'g', 'user.email': 'g@example.com', prompt_id: 'g########1' };
  const mapped = logs(
    [
      {
        attributes: {
          ...base,
          'event.name': 'gemini_cli.tool_call',
          function_name: 'read_file',
          function_args: '{"path":"/etc/passwd"}',
          tool_type: 'mcp',
          mcp_server_name: 'files',
          success: false,
          decision: 'reject',
          end_time: Date.parse('2026-03-01T09:59:59.500Z'),
        },
      },
      {
        attributes: {
          ...base,
          'event.name': 'gemini_cli.api_response',
          model: 'gemini-pro',
          input_token_count: 70,
          output_token_count: 8,
          status_code: 200,
        },
      },
      {
        attributes: {
          ...base,
          'event.name': 'gemini_cli.agent.start',
          agent_id: 'ag-2',
          agent_name: 'codebase_investigator',
        },
      },
    ],
    { 'service.name': 'gemini-cli' },
  );
  const common = { time, agent_id: 'gemini-cli', agent_name: 'gemini-cli', session: 'g', user: 'g@example.com' };
  expect(events(mapped)).toEqual([
    {
      ...common,
      time: '2026-03-01T09:59:59.500Z',
      kind: 'tool_call',
      task: 'g########1',
      tool_name: 'read_file',
      tool_server: 'files',
      args: { path: '/etc/passwd' },
      outcome: 'denied',
    },
    {
      ...common,
      kind: 'model_usage',
      task: 'g########1',
      model: 'gemini-pro',
      tokens_in: 70,
      tokens_out: 8,
      outcome: 'ok',
      error_status: 200,
    },
    {
      ...common,
      agent_id: 'ag-2',
      agent_name: 'codebase_investigator',
      agent_parent: 'gemini-cli',
      kind: 'lifecycle',
      lifecycle: 'delegation',
    },
  ]);
});

it('maps Copilot Chat without the sums of its turns', () => {
  const mapped = logs(
    [
      { attributes: { 'event.name': 'copilot_chat.session.start', 'session.id': 'cc' } },
      {
        attributes: {
          'event.name': 'copilot_chat.tool.call',
          'session.id': 'cc',
          'gen_ai.tool.name': 'edit',
          success: true,
        },
      },
      { attributes: { 'event.name': 'copilot_chat.agent.turn', 'session.id': 'cc', 'gen_ai.usage.input_tokens': 9 } },
    ],
    { 'service.name': 'copilot-chat' },
  );
  const common = { time, agent_id: 'copilot-chat', agent_name: 'copilot-chat', session: 'cc' };
  expect(events(mapped)).toEqual([
    { ...common, kind: 'lifecycle', lifecycle: 'session_started' },
    { ...common, kind: 'tool_call', tool_name: 'edit', outcome: 'ok' },
  ]);
});

it('maps the standard events, and lets the details of an inference share the id of its span', () => {
  const trace = { traceId: '0AF7651916CD43DD8448EB211C80319C', spanId: '00F067AA0BA902B7' };
  const record = {
    eventName: 'gen_ai.client.inference.operation.details',
    trace,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'm',
      'gen_ai.usage.input_tokens': 3,
      'gen_ai.agent.name': 'a',
    },
  };
  const decision = {
    eventName: 'gen_ai.tool.call.decision',
    attributes: { 'gen_ai.tool.call.decision.outcome': 'deny', 'gen_ai.tool.name': 'wire', 'gen_ai.agent.name': 'a' },
  };
  const mapped = logs([record, decision]);
  expect(events(mapped)).toMatchObject([
    { kind: 'model_usage', tokens_in: 3, trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: '00f067aa0ba902b7' },
    { kind: 'tool_call', tool_name: 'wire', outcome: 'denied' },
  ]);
});

it('reads a use of a credential from any log record that names one', () => {
  const attributes = {
    'tripline.credential': 'gh-sha256:abc=',
    'tripline.target': 'repo:acme/x',
    'tripline.source_ip': '203.0.113.5',
  };
  expect(events(logs([{ body: 'whatever', attributes }], { 'service.name': 'gateway' }))).toMatchObject([
    { kind: 'token_use', credential: 'gh-sha256:abc=', target: 'repo:acme/x', source_ip: '203.0.113.5', outcome: 'ok' },
  ]);
});

it('gives a resent record its id again, and two equal records of one request two', () => {
  const record = { body: 'claude_code.tool_result', attributes: { tool_name: 'Bash', success: 'true' } };
  const other = { body: 'claude_code.tool_result', attributes: { tool_name: 'Read', success: 'true' } };
  const first = ids(logs([record, record, other], claude));
  expect(new Set(first).size).toBe(3);
  expect(ids(logs([record, record, other], claude))).toEqual(first);
  expect(ids(logs([other], claude))).toEqual([first[2]]);
});
