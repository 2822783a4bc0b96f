import type { AgentEvent } from '../../src/event/event.ts';
import { fits } from '../../src/event/glob.ts';
import { remembered } from '../../src/event/words.ts';

/** The service an event reaches: the tool's server, the host of a URL, or the first part of the target. '' where it says none. */
export function placeOf({ tool_server, target }: Pick<AgentEvent, 'tool_server' | 'target'>): string {
  return (target === '' ? undefined : placeIn(target)) ?? tool_server.toLowerCase();
}

const placeIn = remembered((target) => {
  const url = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]+)/i.exec(target)?.[1];
  if (url !== undefined) return url.replace(/^.*@/, '').replace(/:\d+$/, '').toLowerCase();
  return /^[^/:\s]+/.exec(target)?.[0]?.toLowerCase();
});

/** Whether a declared scope names it: `*` stands for any text. */
export function isInScope(event: Pick<AgentEvent, 'tool_name' | 'target'>, scope: Scope | undefined): boolean {
  if (scope === undefined) return false;
  return scope.tools.includes(event.tool_name) || scope.targets.some((pattern) => fits(pattern, event.target));
}

export interface Scope {
  tools: readonly string[];
  targets: readonly string[];
}
