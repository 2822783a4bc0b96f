import { commonFields, resourceText } from '../common.ts';
import { modelUsage } from '../inference.ts';
import type { Item } from '../item.ts';
import { sessionStart, taskStart } from '../lifecycle.ts';
import { outcomeOf } from '../outcome.ts';
import { asNumber, asStructure, attributeText, find, findText } from '../read.ts';
import { type Emitter, type LogMapper, prefixed } from './emitter.ts';

/** Gemini CLI, log events. */
export const geminiCli: Emitter = {
  nameOf: prefixed('gemini_cli.'),
  events: new Map<string, LogMapper>([
    ['tool_call', toolCall],
    ['api_response', (log) => ({ ...modelUsage(log), task: attributeText(log, 'prompt_id') })],
    ['api_error', apiError],
    ['config', sessionStart],
    ['user_prompt', (log) => taskStart(log, attributeText(log, 'prompt_id'))],
    ['agent.start', agentStart],
  ]),
};

function toolCall(log: Item) {
  const end = asNumber(log.attributes.get('end_time'));
  return {
    ...commonFields(log),
    ...(end !== undefined && end > 0 && end < 8e15 && { time: new Date(end).toISOString() }),
    kind: 'tool_call',
    task: attributeText(log, 'prompt_id'),
    tool_name: findText(log, 'tool_name'),
    tool_server: findText(log, 'tool_server'),
    args: asStructure(find(log.attributes, 'args')),
    ...outcomeOf(log),
  };
}

function apiError(log: Item) {
  const usage = modelUsage(log);
  return { error_type: 'api_error', ...usage, outcome: usage.outcome === 'ok' ? 'error' : usage.outcome };
}

/** A subagent begins; the main agent has no id of its own. */
function agentStart(log: Item) {
  const common = commonFields(log);
  const agent_parent =
    common.agent_parent ?? resourceText(log, 'service.instance.id') ?? resourceText(log, 'service.name');
  return { ...common, kind: 'lifecycle', lifecycle: 'delegation', agent_parent };
}
