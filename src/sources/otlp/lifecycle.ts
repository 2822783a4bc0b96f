import type { Lifecycle } from '../../event/event.ts';
import { commonFields, type Draft, isoOf } from './common.ts';
import type { Item } from './item.ts';
import { attributeText, findText } from './read.ts';
import { requestOf } from './request.ts';

/**
 * The start of an agent's work: a delegation where another agent asked for it, else a session. The record
 * comes when the span ends, but tells of its start.
 */
export function agentStart(span: Item, parent: string | undefined): Draft {
  const common = commonFields(span);
  const agent_parent = findText(span, 'agent_parent') ?? (parent === common.agent_id ? undefined : parent);
  return {
    ...common,
    ...lifecycleAt(agent_parent === undefined ? 'session_started' : 'delegation', span),
    agent_parent,
    model: findText(span, 'model'),
  };
}

/** The start of a task: one turn of the user. */
export function taskStart(item: Item, task: string | undefined): Draft {
  return {
    ...commonFields(item),
    ...lifecycleAt('task_started', item),
    task: task ?? attributeText(item, 'prompt.id'),
  };
}

export function sessionStart(item: Item): Draft {
  return { ...commonFields(item), ...lifecycleAt('session_started', item) };
}

function lifecycleAt(lifecycle: Lifecycle, item: Item): Draft {
  return { kind: 'lifecycle', lifecycle, time: isoOf(item.start_ms), request: requestOf(item) };
}
