import { type Class, classify } from './classify.ts';
import { callIdOf } from './ids.ts';
import type { Item } from './item.ts';
import { findText } from './read.ts';

/** What the spans of one request say about each other. Other requests are not waited for. */
export interface Family {
  classOf(span: Item): Class;
  /** The outermost span of the same request that tells the same thing, if there is one. */
  outerOf(span: Item): Item | undefined;
  /** Agent whose work the span is part of. */
  agentAbove(span: Item): string | undefined;
}

/** How far up a span looks for its relatives. */
const HOPS_MAX = 8;

export function familyOf(spans: readonly Item[]): Family {
  const byId = new Map<string, Item>();
  const classes = new Map<Item, Class>();
  for (const span of spans) {
    byId.set(span.trace_id + span.span_id, span);
    classes.set(span, classify(span));
  }
  const classOf = (span: Item) => classes.get(span) ?? 'none';
  function* above(span: Item): Generator<Item> {
    let at: Item | undefined = span;
    for (let hops = 0; hops < HOPS_MAX; hops += 1) {
      at = byId.get(at.trace_id + at.parent_span_id);
      if (at === undefined || at === span) return;
      yield at;
    }
  }
  const nextOuter = (span: Item): Item | undefined => {
    const own = classOf(span);
    if (own !== 'tool' && own !== 'inference' && own !== 'part') return undefined;
    for (const outer of above(span)) {
      const its = classOf(outer);
      // A span of another kind in between: the inner one is a call of its own.
      if (its !== 'none' && its !== 'part') return isSame(span, own, outer, its) ? outer : undefined;
    }
    return undefined;
  };
  return {
    classOf,
    outerOf(span) {
      let outer = span;
      for (let hops = 0; hops < HOPS_MAX; hops += 1) {
        const next = nextOuter(outer);
        if (next === undefined) break;
        // Parents in a circle: none of them is the outer one.
        if (next === span) return undefined;
        outer = next;
      }
      return outer === span ? undefined : outer;
    },
    agentAbove(span) {
      for (const outer of above(span)) if (classOf(outer) === 'agent') return findText(outer, 'agent_id');
      return undefined;
    },
  };
}

function isSame(span: Item, own: Class, outer: Item, its: Class): boolean {
  if (own === 'part') return its === 'tool';
  if (own !== its) return false;
  if (own === 'inference') return true;
  const calls = [callIdOf(span), callIdOf(outer)];
  if (calls[0] !== undefined && calls[1] !== undefined) return calls[0] === calls[1];
  const names = [findText(span, 'tool_name'), findText(outer, 'tool_name')];
  return names[0] === undefined || names[1] === undefined || names[0] === names[1];
}
