import type * as z from 'zod';
import { keyOf } from '../../src/detect/windows/key.ts';
import type { Windows } from '../../src/detect/windows/windows.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { firstFit, fits } from '../../src/event/glob.ts';
import type { config } from './config.ts';

export interface Scope {
  tools: readonly string[];
  targets: readonly string[];
  cost_usd_max?: number | undefined;
  /** The task or session that declared it; '' when the configuration did. */
  of: string;
}

type Options = z.output<typeof config>;

/** Remembers what each task was declared to be about. */
export function watchScopes({ scopes, tasks_max }: Options, windows: Windows) {
  /** By task and by session; of each agent, the newest tasks. */
  const declared = windows.cell<Scope>({ name: 'declared' });
  const open = windows.recent<string>({ name: 'open', entries_max: tasks_max });

  const placesOf = ({ tenant, task, session }: AgentEvent) => [
    ...(task === '' ? [] : [keyOf(tenant, 'task', task)]),
    ...(session === '' ? [] : [keyOf(tenant, 'session', session)]),
  ];
  return {
    learn(event: AgentEvent): void {
      const [place] = placesOf(event);
      if (place === undefined) return;
      const agent = keyOf(event.tenant, event.agent_id);
      if (STARTS.has(event.lifecycle)) {
        const scope = scopeOf(event);
        if (scope === undefined) return;
        declared.set(keyOf(agent, place), event.time, scope);
        if (!open.get(agent).includes(place)) open.push(agent, event.time, place);
      } else if (ENDS.has(event.lifecycle)) declared.delete(keyOf(agent, place));
    },
    /** That of its task, else of its session, else of the configuration; undefined where nobody said. */
    of(event: AgentEvent): Scope | undefined {
      if (declared.size > 0) {
        const agent = keyOf(event.tenant, event.agent_id);
        for (const place of placesOf(event)) {
          const scope = declared.get(keyOf(agent, place));
          if (scope !== undefined) return scope;
        }
      }
      if (scopes.length === 0) return undefined;
      const known = scopes.find(({ agents }) => firstFit(agents, event.agent_id) !== undefined);
      return known && { tools: known.tools, targets: known.targets, cost_usd_max: known.cost_usd_max, of: '' };
    },
  };
}

const STARTS: ReadonlySet<string> = new Set(['task_started', 'session_started', 'delegation']);
const ENDS: ReadonlySet<string> = new Set(['task_ended', 'session_ended']);

function scopeOf({ scope_tools, scope_targets, attributes, task, session }: AgentEvent): Scope | undefined {
  const cost = Number(attributes.scope_cost_usd ?? Number.NaN);
  const cost_usd_max = Number.isFinite(cost) && cost > 0 ? cost : undefined;
  if (scope_tools.length + scope_targets.length === 0 && cost_usd_max === undefined) return undefined;
  return {
    tools: [...scope_tools],
    targets: [...scope_targets],
    of: task || session,
    ...(cost_usd_max !== undefined && { cost_usd_max }),
  };
}

/** What of a call lies outside; undefined where all of it is inside. What a scope does not speak of is inside. */
export function outsideOf({ tools, targets }: Scope, { tool_name, target }: AgentEvent): 'tool' | 'target' | undefined {
  const named = tools.some((pattern) => fits(pattern, tool_name));
  const reached = targets.some((pattern) => fits(pattern, target));
  if (tools.length > 0 && !named) return 'tool';
  if (targets.length > 0 && target !== '' && !reached) return 'target';
  return undefined;
}
