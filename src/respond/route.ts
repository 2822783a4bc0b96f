import type { OrderHead } from './machine.ts';
import type { Receiver } from './revoker.ts';

export type Receivers = ReadonlyMap<string, Receiver>;

export interface Route {
  /** Those of `names` that can do it, in order. */
  able: string[];
  /** Why the others cannot. */
  unable: string[];
}

/** What a receiver cannot do is known before it is asked. */
export function route(names: readonly string[], receivers: Receivers, head: OrderHead): Route {
  const found: Route = { able: [], unable: [] };
  for (const name of names) {
    const reason = inability(receivers.get(name), head);
    if (reason === undefined) found.able.push(name);
    else found.unable.push(`${name} ${reason}`);
  }
  return found;
}

function inability(receiver: Receiver | undefined, head: OrderHead): string | undefined {
  if (receiver === undefined) return 'is not configured';
  const { actions, targets, handles } = receiver.capabilities;
  if (!(actions as readonly string[]).includes(head.action)) return `cannot ${head.action}`;
  if (!(targets as readonly string[]).includes(head.target_kind))
    return `cannot act on a target of kind ${head.target_kind}`;
  const named = handles.length === 0 || handles.some((handle) => (head.credential_handles[handle] ?? '') !== '');
  return named ? undefined : `needs a handle ${handles.join(' or ')}`;
}
