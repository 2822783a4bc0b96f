import type { AgentEvent } from '../event/event.ts';
import type { RowCursor } from '../event/frame/index.ts';
import type { Rehearsed } from './rehearsal.ts';

/** One agent that would have been stopped. */
export interface Stopped {
  agent_id: string;
  /** Calls that went well, and would not have. */
  calls: number;
  /** From the order to the agent's first call with another credential, else to its last call that would have been stopped; ms. */
  down_ms: number;
}

interface Down {
  calls: number;
  last: number;
  /** When the agent had another credential. */
  back?: number;
}

interface Taken {
  at: number;
  byCredential: boolean;
  agents: Map<string, Down>;
}

/** Follows what was done with the targets of orders after those orders. */
export function createDowntime() {
  const byTarget = new Map<string, Taken>();
  const byOrder = new Map<string, Taken>();
  /** Agents that are down, by the order that took their credential. */
  const down = new Map<string, Set<Taken>>();

  const stop = (taken: Taken, { tenant, agent_id }: AgentEvent, now: number) => {
    const known = taken.agents.get(agent_id) ?? { calls: 0, last: now };
    known.calls += 1;
    known.last = now;
    taken.agents.set(agent_id, known);
    const agent = JSON.stringify([tenant, agent_id]);
    down.set(agent, (down.get(agent) ?? new Set()).add(taken));
  };
  const release = ({ tenant, agent_id }: AgentEvent, stopping: ReadonlySet<Taken>, now: number) => {
    for (const taken of down.get(JSON.stringify([tenant, agent_id])) ?? []) {
      const known = taken.agents.get(agent_id);
      if (taken.byCredential && !stopping.has(taken) && known !== undefined) known.back ??= now;
    }
  };
  return {
    take({ order_id, tenant, target_kind, target }: Rehearsed, now: number): void {
      const taken = { at: now, byCredential: target_kind === 'credential', agents: new Map() };
      byOrder.set(order_id, taken);
      byTarget.set(keyOf(tenant, target_kind, target), taken);
    },
    see(rows: RowCursor<AgentEvent>, now: number): void {
      for (let i = 0; i < rows.length; i++) {
        const event = rows.seek(i);
        if (!isCall(event) || event.outcome === 'denied' || event.outcome === 'error') continue;
        const stopping = new Set<Taken>();
        for (const [kind, target] of targetsOf(event)) {
          const taken = byTarget.get(keyOf(event.tenant, kind, target));
          if (taken !== undefined) stopping.add(taken);
        }
        for (const taken of stopping) stop(taken, event, now);
        if (event.credential !== '') release(event, stopping, now);
      }
    },
    of(order_id: string): Stopped[] {
      const taken = byOrder.get(order_id);
      if (taken === undefined) return [];
      return [...taken.agents].map(([agent_id, { calls, last, back }]) => ({
        agent_id,
        calls,
        down_ms: Math.round((back ?? last) - taken.at),
      }));
    },
  };
}

function isCall({ kind, agent_id }: AgentEvent): boolean {
  return (kind === 'tool_call' || kind === 'token_use') && agent_id !== '';
}

function targetsOf({ credential, session, agent_instance, agent_id }: AgentEvent): [string, string][] {
  const targets: [string, string][] = [
    ['credential', credential],
    ['session', session],
    ['agent_instance', agent_instance],
    ['agent', agent_id],
  ];
  return targets.filter(([, target]) => target !== '');
}

function keyOf(tenant: string, kind: string, target: string): string {
  return JSON.stringify([tenant, kind, target]);
}
