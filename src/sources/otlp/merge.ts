import type { Draft } from './common.ts';

const OUTCOME = ['outcome', 'error_type', 'error_status'] as const;

/** Adds to the event of an outer span what only the inner one knew. */
export function merge(outer: Draft, inner: Draft): void {
  // The outer span does not fail when a tool answers with an error; the inner one says so.
  if (outer.outcome === 'ok' && inner.outcome !== undefined && inner.outcome !== 'ok')
    for (const name of OUTCOME) outer[name] = inner[name];
  for (const [name, value] of Object.entries(inner)) {
    if (name === 'attributes') outer.attributes = both(outer.attributes, value);
    else if (outer[name] === undefined) outer[name] = value;
  }
}

function both(outer: unknown, inner: unknown): Record<string, string> {
  const texts = (attributes: unknown) => Object.entries((attributes ?? {}) as Record<string, string>);
  return Object.fromEntries([...texts(inner), ...texts(outer)]);
}
