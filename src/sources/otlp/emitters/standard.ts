import { ignored } from '../../mapped.ts';
import { commonFields } from '../common.ts';
import { eventId } from '../ids.ts';
import { modelUsage } from '../inference.ts';
import type { Item } from '../item.ts';
import { decisionOf } from '../outcome.ts';
import { asStructure, attributeText, find, findText } from '../read.ts';
import { type Emitter, type LogMapper, prefixed } from './emitter.ts';

/** Events of the GenAI conventions, and of the proposal for decisions that several emitters already follow. */
export const standard: Emitter = {
  nameOf: prefixed('gen_ai.'),
  events: new Map<string, LogMapper>([
    ['client.inference.operation.details', inferenceDetails],
    ['tool.call.decision', decided],
  ]),
};

/** The event repeats its span; both get the span's id, so that they count once. */
function inferenceDetails(log: Item) {
  const ofSpan = log.trace_id !== '' && log.span_id !== '';
  return { ...(ofSpan && { event_id: eventId('span', log.trace_id, log.span_id, '') }), ...modelUsage(log) };
}

function decided(log: Item) {
  const outcome = decisionOf(log);
  if (outcome === undefined)
    return ignored(
      'log',
      'a refusal: the call itself is told by its span',
      attributeText(log, 'gen_ai.tool.call.decision.outcome'),
    );
  return {
    ...commonFields(log),
    kind: 'tool_call',
    tool_name: findText(log, 'tool_name'),
    args: asStructure(find(log.attributes, 'args')),
    outcome,
  };
}
