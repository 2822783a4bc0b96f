import type * as z from 'zod';
import type { Windows } from '../../src/detect/windows/windows.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import type { config } from './config.ts';
import { isInScope, type Scope } from './place.ts';
import { type Reached, reachedBy, within } from './reach.ts';

/** Where a declared scope holds: in its task or, where that has no name, in its session. */
interface Declared extends Scope {
  task: string;
  session: string;
}

/** Remembers the declared scope of an agent's task. */
export function watchDeclared(windows: Windows) {
  const scopes = windows.cell<Declared>({ name: 'scopes' });

  return {
    learn(key: string, event: AgentEvent): void {
      const { lifecycle, task, session } = event;
      const scope = { tools: [...event.scope_tools], targets: [...event.scope_targets], task, session };
      const declares = scope.tools.length + scope.targets.length > 0;
      if (STARTS.has(lifecycle) && declares) scopes.set(key, event.time, scope);
      // A task without a declared scope is no licence: its agent is judged by its past.
      else if (lifecycle === 'task_started' || ENDS.has(lifecycle)) scopes.delete(key);
    },

    /** Whether somebody said beforehand that this agent would come here. */
    names: (key: string, event: AgentEvent): boolean => scopes.size > 0 && isInScope(event, scopes.get(key)),

    /** Whether a scope was declared for just the task of this event: an agent may have several tasks at once. */
    holds(key: string, { task, session }: AgentEvent): boolean {
      const scope = scopes.get(key);
      if (scope === undefined) return false;
      return scope.task === '' ? session !== '' && session === scope.session : task === scope.task;
    },
  };
}

/** The same, and the services that were reached outside of it. */
export function watchScope(options: z.output<typeof config>, windows: Windows) {
  const outside = windows.recent<Reached>({ name: 'outside', entries_max: 2 * options.outside_scope_min });

  return {
    ...watchDeclared(windows),

    /** The services outside of the scope, when there are enough of them. One is a mistake; several are a direction. */
    stray(key: string, event: AgentEvent, place: string): readonly Reached[] | undefined {
      const known = within(outside.get(key), event, options.window_ms);
      if (known.some((each) => each.place === place)) return undefined;
      const reached = within(outside.push(key, event.time, reachedBy(event, place)), event, options.window_ms);
      return reached.length >= options.outside_scope_min ? reached : undefined;
    },
  };
}

const STARTS: ReadonlySet<AgentEvent['lifecycle']> = new Set(['task_started', 'session_started', 'delegation']);
const ENDS: ReadonlySet<AgentEvent['lifecycle']> = new Set(['task_ended', 'session_ended']);
