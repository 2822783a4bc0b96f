import type { SubjectKind } from '../../src/alert/alert.ts';
import { keyOf } from '../../src/detect/windows/key.ts';
import type { AgentEvent } from '../../src/event/event.ts';

/** What is kept of a call. */
export interface Call {
  id: string;
  time: number;
  producer: string;
  tool: string;
  /** Its arguments; the call's own id where they are not known, so that it equals no other. */
  args: string;
  /** Its result; the same. */
  result: string;
  failed: boolean;
  /** It changes nothing, so that doing it twice does no harm. */
  reads: boolean;
  error: string;
}

export interface Scope {
  subject_kind: SubjectKind;
  subject: string;
  key: string;
}

/** Who repeats itself: the narrowest that the event names. Two users of one agent do not add up. */
export function scopeOf(event: AgentEvent): Scope {
  const [subject_kind, subject]: [SubjectKind, string] = event.session
    ? ['session', event.session]
    : event.agent_instance
      ? ['agent_instance', event.agent_instance]
      : ['agent', event.agent_id];
  return { subject_kind, subject, key: keyOf(event.tenant, subject_kind, event.agent_id, subject) };
}

export function callOf(event: AgentEvent): Call {
  const { event_id, tool_name, tool_class, args_digest, result_digest, outcome, error_type, error_status } = event;
  const failed = outcome === 'error' || outcome === 'denied';
  const error = error_status > 0 ? `${error_type} ${error_status}`.trim() : error_type;
  // Many producers report no result of a failed call: then the error is what came back.
  const came = result_digest || (failed ? error : '');
  return {
    id: event_id,
    time: event.time,
    producer: event.producer,
    tool: tool_name,
    args: args_digest || event_id,
    result: came || event_id,
    failed,
    reads: tool_class === 'read' || tool_class === 'secret_read',
    error,
  };
}

const THROTTLED = /throttl|rate.?(?:limit|exceed)|too.?many.?request|unavailable|overload|slow.?down|quota/i;

/** The other side asks to wait. */
export function isThrottled({ outcome, error_status, error_type }: AgentEvent): boolean {
  if (outcome !== 'error' && outcome !== 'denied') return false;
  return error_status === 429 || error_status === 503 || THROTTLED.test(error_type);
}
