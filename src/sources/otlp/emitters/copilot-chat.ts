import { commonFields } from '../common.ts';
import type { Item } from '../item.ts';
import { sessionStart } from '../lifecycle.ts';
import { outcomeOf } from '../outcome.ts';
import { asStructure, find, findText } from '../read.ts';
import { splitMcpName } from '../tool.ts';
import { type Emitter, type LogMapper, prefixed } from './emitter.ts';

/** VS Code Copilot Chat, log events. `agent.turn` repeats the sum of the turn's model calls and is left out. */
export const copilotChat: Emitter = {
  nameOf: prefixed('copilot_chat.'),
  events: new Map<string, LogMapper>([
    ['tool.call', toolCall],
    ['session.start', sessionStart],
  ]),
};

function toolCall(log: Item) {
  return {
    ...commonFields(log),
    kind: 'tool_call',
    tool_server: findText(log, 'tool_server'),
    ...splitMcpName(findText(log, 'tool_name') ?? ''),
    args: asStructure(find(log.attributes, 'args')),
    ...outcomeOf(log),
  };
}
