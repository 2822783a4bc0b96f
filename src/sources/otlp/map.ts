import type { PostedEvent } from '../../event/event.ts';
import { ignored, type Mapped, refused, type Unmapped } from '../mapped.ts';
import { commonFields, type Draft, finish } from './common.ts';
import { logDraft } from './emitters/index.ts';
import { explicitFields } from './explicit.ts';
import { logEventIds, spanEventId } from './ids.ts';
import { modelUsage } from './inference.ts';
import { type Decoded, type Item, isItem } from './item.ts';
import { agentStart, taskStart } from './lifecycle.ts';
import { merge } from './merge.ts';
import { outcomeOf } from './outcome.ts';
import { findText } from './read.ts';
import { type Family, familyOf } from './spans.ts';
import { toolCall } from './tool.ts';

const SPAN = 'a span of an agent, a tool call or a model call';
const LOG = 'a log record of an agent, a tool call or a model call';

/** Events of spans, one entry per span, in order. A span that another one tells better is ignored. */
export function otlpTraces(decoded: Decoded): Mapped[] {
  const family = familyOf(decoded.filter(isItem));
  const drafts = new Map<Item, Draft>();
  for (const span of decoded) {
    if (!isItem(span) || !hasIds(span)) continue;
    const draft = spanDraft(span, family);
    if (draft !== undefined) drafts.set(span, draft);
  }
  const folded = fold(drafts, family);
  return decoded.map((span) => {
    if (!isItem(span)) return span;
    if (!hasIds(span)) return refused('trace_id, span_id', 'ids of 16 and 8 bytes', span.name);
    if (folded.has(span)) return ignored('span', 'a span that its parent does not tell already', span.name);
    const draft = drafts.get(span);
    return draft === undefined ? ignored('span', SPAN, span.name) : mapped(draft);
  });
}

/** Merges the events of inner spans into those of the spans that tell the same; says which were inner. */
function fold(drafts: ReadonlyMap<Item, Draft>, family: Family): ReadonlySet<Item> {
  const folded = new Set<Item>();
  for (const [span, draft] of drafts) {
    const outer = family.outerOf(span);
    const into = outer === undefined ? undefined : drafts.get(outer);
    if (into === undefined) continue;
    merge(into, draft);
    folded.add(span);
  }
  return folded;
}

/** Events of log records, one entry per record, in order. */
export function otlpLogs(decoded: Decoded): Mapped[] {
  const idOf = logEventIds();
  return decoded.map((log) => {
    if (!isItem(log)) return log;
    const drafted = explicitDraft(log) ?? logDraft(log);
    if (drafted === undefined) return ignored('log', LOG, log.name);
    if (isUnmapped(drafted)) return drafted;
    return mapped({ event_id: idOf(log), ...drafted, ...explicitFields(log) });
  });
}

function spanDraft(span: Item, family: Family): Draft | undefined {
  const explicit = explicitFields(span);
  const draft = classDraft(span, family);
  if (draft === undefined || contradicts(explicit, draft)) return explicitDraft(span);
  return { event_id: spanEventId(span), ...draft, ...explicit };
}

/** A kind said outright decides what a record is. */
function contradicts(explicit: Draft, draft: Draft): boolean {
  const kind = explicit.kind ?? (explicit.lifecycle === undefined ? undefined : 'lifecycle');
  return kind !== undefined && kind !== draft.kind;
}

function classDraft(span: Item, family: Family): Draft | undefined {
  switch (family.classOf(span)) {
    case 'tool':
      return toolCall(span);
    case 'part':
      // Without its parent it tells a call only where it names the tool.
      return family.outerOf(span) !== undefined || findText(span, 'tool_name') !== undefined
        ? toolCall(span)
        : undefined;
    case 'inference':
      return modelUsage(span);
    case 'agent':
      return agentStart(span, family.agentAbove(span));
    case 'task':
      return taskStart(span, undefined);
    case 'none':
      return undefined;
  }
}

/** Any record may be an event by its `tripline.*` attributes: one that names a credential tells of its use. */
function explicitDraft(item: Item): Draft | undefined {
  const explicit = explicitFields(item);
  const { kind, lifecycle, credential, token } = explicit;
  if (kind === undefined && lifecycle === undefined && credential === undefined && token === undefined)
    return undefined;
  const isLifecycle = lifecycle !== undefined && kind === undefined;
  return {
    ...(item.signal === 'span' && { event_id: spanEventId(item) }),
    ...commonFields(item),
    kind: isLifecycle ? 'lifecycle' : 'token_use',
    ...(!isLifecycle && outcomeOf(item)),
    target: findText(item, 'target'),
    tool_name: findText(item, 'tool_name'),
    model: findText(item, 'model'),
    ...explicit,
  };
}

function hasIds(span: Item): boolean {
  return span.trace_id !== '' && span.span_id !== '';
}

function isUnmapped(value: Draft | Unmapped): value is Unmapped {
  return 'ok' in value;
}

function mapped(draft: Draft): Mapped {
  // The door checks it against the schema: a mapper's mistake is a rejected event with its field named.
  return { ok: true, event: finish(draft) as PostedEvent };
}
