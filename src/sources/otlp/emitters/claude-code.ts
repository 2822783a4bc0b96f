import { ignored } from '../../mapped.ts';
import { commonFields, type Draft } from '../common.ts';
import { callIdOf, claudeId } from '../ids.ts';
import { modelUsage } from '../inference.ts';
import type { Item } from '../item.ts';
import { taskStart } from '../lifecycle.ts';
import { decisionOf, outcomeOf } from '../outcome.ts';
import { asNumber, asStructure, attributeText, findText } from '../read.ts';
import { memberText, splitMcpName } from '../tool.ts';
import type { Emitter, LogMapper } from './emitter.ts';

const SCOPE = 'com.anthropic.claude_code.events';
const PREFIX = 'claude_code.';

/** Claude Code, log events. Its beta spans are mapped as spans. */
export const claudeCode: Emitter = {
  nameOf(log) {
    const full = [log.name, log.body].find((name) => typeof name === 'string' && name.startsWith(PREFIX));
    if (typeof full === 'string') return full.slice(PREFIX.length);
    return log.scope === SCOPE ? log.name : undefined;
  },
  events: new Map<string, LogMapper>([
    ['tool_result', (log) => toolEvent(log, outcomeOf(log))],
    ['tool_decision', decided],
    ['api_request', apiCall],
    ['api_error', (log) => ({ ...apiCall(log), ...failed(log, 'api_error') })],
    ['api_refusal', (log) => ({ ...apiCall(log), ...failed(log, 'refusal') })],
    ['user_prompt', (log) => taskStart(log, attributeText(log, 'prompt.id'))],
  ]),
};

/** A tool that ran is told by `tool_result`; one that was refused has no other record. */
function decided(log: Item) {
  if (decisionOf(log) !== 'denied')
    return ignored('log', 'a refusal: the call itself is told by tool_result', attributeText(log, 'decision'));
  return toolEvent(log, { outcome: 'denied', error_type: attributeText(log, 'source') ?? 'rejected' });
}

function toolEvent(log: Item, outcome: Draft): Draft {
  const session = attributeText(log, 'session.id');
  const call = callIdOf(log);
  return {
    ...(session !== undefined && call !== undefined && { event_id: claudeId(session, call) }),
    ...commonFields(log),
    kind: 'tool_call',
    task: attributeText(log, 'prompt.id'),
    ...toolOf(log),
    args: asStructure(log.attributes.get('tool_input') ?? log.attributes.get('tool_parameters')),
    ...outcome,
  };
}

/** The name of a user's own MCP tool is replaced by `mcp_tool`; with details on, the parameters hold it. */
function toolOf(log: Item) {
  const parameters = asStructure(log.attributes.get('tool_parameters'));
  const tool_name = memberText(parameters, 'mcp_tool_name');
  if (tool_name !== undefined) return { tool_name, tool_server: memberText(parameters, 'mcp_server_name') };
  const name = splitMcpName(findText(log, 'tool_name') ?? '');
  return { tool_server: attributeText(log, 'tool_source'), ...name };
}

/** Like the vendor's API, these logs count input without what came from the cache or went into it. */
function apiCall(log: Item): Draft {
  const usage = modelUsage(log);
  const counts = ['input_tokens', 'cache_read_tokens', 'cache_creation_tokens'].map((name) =>
    asNumber(log.attributes.get(name)),
  );
  const known = counts.filter((count) => count !== undefined);
  return {
    ...usage,
    task: attributeText(log, 'prompt.id'),
    tokens_in: known.length === 0 ? undefined : known.reduce((sum, count) => sum + Math.round(count), 0),
  };
}

function failed(log: Item, error_type: string): Draft {
  const { outcome, ...rest } = outcomeOf(log);
  return { error_type, ...rest, outcome: outcome === 'ok' ? 'error' : outcome };
}
