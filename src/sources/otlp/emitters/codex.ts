import { ignored } from '../../mapped.ts';
import { commonFields } from '../common.ts';
import { modelUsage } from '../inference.ts';
import type { Item } from '../item.ts';
import { sessionStart, taskStart } from '../lifecycle.ts';
import { decisionOf, outcomeOf } from '../outcome.ts';
import { asStructure, attributeText, find, findText } from '../read.ts';
import { splitMcpName } from '../tool.ts';
import { type Emitter, type LogMapper, prefixed } from './emitter.ts';

/** OpenAI Codex CLI, log events. */
export const codex: Emitter = {
  nameOf: prefixed('codex.'),
  events: new Map<string, LogMapper>([
    ['tool_result', toolResult],
    ['tool_decision', decided],
    ['sse_event', streamEvent],
    ['api_request', apiRequest],
    ['conversation_starts', sessionStart],
    ['user_prompt', (log) => taskStart(log, undefined)],
  ]),
};

function toolResult(log: Item) {
  return {
    ...commonFields(log),
    kind: 'tool_call',
    ...toolOf(log),
    args: asStructure(find(log.attributes, 'args')),
    result: asStructure(find(log.attributes, 'result')),
    ...outcomeOf(log),
  };
}

function decided(log: Item) {
  if (decisionOf(log) !== 'denied')
    return ignored('log', 'a refusal: the call itself is told by codex.tool_result', attributeText(log, 'decision'));
  const error_type = attributeText(log, 'decision');
  return { ...commonFields(log), kind: 'tool_call', ...toolOf(log), outcome: 'denied', error_type };
}

function toolOf(log: Item) {
  return { tool_server: findText(log, 'tool_server'), ...splitMcpName(findText(log, 'tool_name') ?? '') };
}

function streamEvent(log: Item) {
  const kind = attributeText(log, 'event.kind');
  return kind === 'response.completed' ? modelUsage(log) : ignored('log', 'event.kind response.completed', kind);
}

/** A request that worked is told with its tokens by the end of its stream. */
function apiRequest(log: Item) {
  const usage = modelUsage(log);
  const failed = usage.outcome !== 'ok' || attributeText(log, 'error.message') !== undefined;
  if (!failed) return ignored('log', 'a failed request: codex.sse_event tells the others', log.name);
  return { ...usage, outcome: usage.outcome === 'ok' ? 'error' : usage.outcome };
}
