import type { Outcome } from '../../event/event.ts';
import type { Item } from './item.ts';
import { asBoolean, attributeText, find, findNumber, findText } from './read.ts';

export type Result = {
  outcome: Outcome;
  error_type?: string;
  error_status?: number;
};

const DECISION_NAMES = ['gen_ai.tool.call.decision.outcome', 'decision', 'decision_type'];
const DENIED = new Set(['reject', 'rejected', 'deny', 'denied', 'abort', 'user_reject', 'user_abort']);
const PENDING = new Set(['require_approval', 'ask']);
const REFUSED_STATUS = new Set([401, 403]);
const STATUS_ERROR = 2;

/** How it ended, by the first sign that the record carries. */
export function outcomeOf(item: Item): Result {
  const error_status = statusOf(item);
  const decision = decisionOf(item);
  if (decision === 'denied' || decision === 'pending')
    return { outcome: decision, ...(error_status && { error_status }) };
  // Pydantic AI marks a call that waits for a person as an exception; it is no failure.
  if (attributeText(item, 'pydantic_ai.tool.deferral.name') !== undefined) return { outcome: 'pending' };
  const error_type = errorTypeOf(item);
  const failed = isFailed(item, error_type, error_status);
  if (!failed) return { outcome: 'ok', ...(error_status && { error_status }) };
  const refused = error_status !== undefined && REFUSED_STATUS.has(error_status);
  return {
    outcome: refused ? 'denied' : 'error',
    error_type: error_type ?? 'error',
    ...(error_status && { error_status }),
  };
}

function isFailed(item: Item, error_type: string | undefined, error_status: number | undefined): boolean {
  if (findText(item, 'error_type') !== undefined) return true;
  const success = asBoolean(item.attributes.get('success'));
  if (success !== undefined) return !success;
  const status = attributeText(item, 'gen_ai.tool.status');
  if (status !== undefined) return status === 'error';
  if (item.status === STATUS_ERROR) return true;
  return item.signal === 'log' && (error_type !== undefined || (error_status ?? 0) >= 400);
}

export function decisionOf(item: Item): 'denied' | 'pending' | undefined {
  for (const name of DECISION_NAMES) {
    const decision = attributeText(item, name)?.toLowerCase();
    if (decision === undefined) continue;
    if (DENIED.has(decision)) return 'denied';
    if (PENDING.has(decision)) return 'pending';
  }
  return undefined;
}

/** Class of the error: an attribute, else the exception that a span event names, else what a log calls it. */
function errorTypeOf(item: Item): string | undefined {
  const named = findText(item, 'error_type');
  if (named !== undefined) return named;
  for (const event of item.events) {
    const type = find(event.attributes, 'error_type');
    if (typeof type === 'string') return type;
  }
  const told = attributeText(item, 'error');
  // A log's `error` is a sentence for people or the name of a class; only the second is a class.
  return told === undefined || told === 'false' ? undefined : /^[\w.:-]{1,64}$/.test(told) ? told : 'error';
}

function statusOf(item: Item): number | undefined {
  const status = findNumber(item, 'error_status') ?? Number(findText(item, 'error_type'));
  return Number.isInteger(status) && status >= 100 && status <= 599 ? status : undefined;
}
