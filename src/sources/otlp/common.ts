import { EVENT, type EventField } from '../../event/event.ts';
import { cutUnsearched } from '../mapped.ts';
import type { Item, Value } from './item.ts';
import { isExtra } from './names.ts';
import { asText, attributeText, findText } from './read.ts';

export type Draft = Record<string, unknown>;

/** Extra attributes kept of one record; more are counted on the event. */
export const ATTRIBUTES_MAX = 32;
export const ATTRIBUTE_CHARS_MAX = 1024;
const RESOURCE_KEPT = [
  'service.name',
  'service.version',
  'deployment.environment.name',
  'deployment.environment',
  'host.name',
];

/** Fields that every event of a record shares. */
export function commonFields(item: Item): Draft {
  const agent_id = agentIdOf(item);
  return {
    time: isoOf(item.end_ms),
    agent_id,
    agent_name: findText(item, 'agent_name') ?? resourceText(item, 'service.name'),
    agent_instance: resourceText(item, 'service.instance.id'),
    agent_parent: findText(item, 'agent_parent'),
    session: sessionOf(item),
    workload: findText(item, 'workload') ?? resourceText(item, 'spiffe.id'),
    user: findText(item, 'user') ?? resourceText(item, 'user.id'),
    source_ip: findText(item, 'source_ip'),
    user_agent: findText(item, 'user_agent'),
    trace_id: item.trace_id || undefined,
    span_id: item.span_id || undefined,
    attributes: extraAttributes(item),
  };
}

/** Epoch milliseconds as ISO text; nothing for a time that was not given. */
export function isoOf(time_ms: number): string | undefined {
  return time_ms > 0 ? new Date(time_ms).toISOString() : undefined;
}

function agentIdOf(item: Item): string | undefined {
  // LangChain by OpenLLMetry puts the run into `gen_ai.agent.id`: a new "agent" with every run.
  const workflow = attributeText(item, 'traceloop.workflow.name');
  const perRun = workflow !== undefined || attributeText(item, 'traceloop.span.kind') !== undefined;
  const own = perRun ? (findText(item, 'agent_name') ?? workflow) : findText(item, 'agent_id');
  return own ?? resourceText(item, 'service.instance.id') ?? resourceText(item, 'service.name');
}

function sessionOf(item: Item): string | undefined {
  return findText(item, 'session') ?? resourceText(item, 'session.id') ?? (item.trace_id || undefined);
}

export function resourceText(item: Item, name: string): string | undefined {
  return asText(item.resource.get(name));
}

/** What has no field of its own, as texts, bounded. Content (messages, arguments, results) is left out. */
function extraAttributes(item: Item): Record<string, string> | undefined {
  const kept = new Map<string, string>();
  let dropped = 0;
  for (const [name, value] of item.attributes) {
    if (!isExtra(name)) continue;
    const text = short(value);
    if (text === undefined) continue;
    if (kept.size < ATTRIBUTES_MAX) kept.set(name, text);
    else dropped += 1;
  }
  for (const name of RESOURCE_KEPT) {
    const text = resourceText(item, name);
    if (text !== undefined) kept.set(name, cutUnsearched(text, ATTRIBUTE_CHARS_MAX));
  }
  if (dropped > 0) kept.set('attributes_dropped', String(dropped));
  return kept.size === 0 ? undefined : Object.fromEntries(kept);
}

function short(value: Value): string | undefined {
  const text = Array.isArray(value) ? value.map((entry) => asText(entry) ?? '').join(',') : asText(value);
  return text === undefined ? undefined : cutUnsearched(text, ATTRIBUTE_CHARS_MAX);
}

/** Without the empty fields, and with texts cut to what the door takes: a long name must not hide a call. */
export function finish(draft: Draft): Draft {
  const event: Draft = {};
  for (const [name, value] of Object.entries(draft)) {
    if (value === undefined || value === null || value === '') continue;
    event[name] = typeof value === 'string' ? cutUnsearched(value, CHARS_MAX.get(name) ?? value.length) : value;
  }
  return event;
}

/** Longest text of each text field, as its schema says. A credential is not cut: a part of it names nobody. */
const CHARS_MAX: ReadonlyMap<string, number> = new Map(
  Object.entries(EVENT.fields).flatMap(([name, { schema }]) => {
    const max = (schema as { maxLength?: number | null }).maxLength;
    return typeof max === 'number' && !isCredential(name as EventField) ? [[name, max]] : [];
  }),
);

function isCredential(name: EventField): boolean {
  return name.startsWith('credential');
}
