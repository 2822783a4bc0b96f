/** Which agents of a tenant used a credential lately: the fleet that a share is a share of. */
export interface Fleet {
  add(tenant: string, agent_id: string, now: number): void;
  size(tenant: string, now: number): number;
}

/**
 * Whoever may write events can invent agents and so raise a share: orders_max of the rule holds all the same.
 * @param agents_max agents counted per tenant
 */
export function createFleet(window_ms: number, agents_max: number): Fleet {
  const tenants = new Map<string, Map<string, number>>();
  // Moving an agent to the end at each use would cost more than the exactness is worth.
  const step_ms = window_ms / 16;

  const prune = (agents: Map<string, number>, now: number) => {
    for (const [agent, last] of agents) {
      if (last > now - window_ms) break;
      agents.delete(agent);
    }
  };
  return {
    add(tenant, agent_id, now) {
      let agents = tenants.get(tenant);
      if (agents === undefined) {
        agents = new Map();
        tenants.set(tenant, agents);
      }
      const last = agents.get(agent_id);
      if (last !== undefined && now - last < step_ms) return;
      if (last === undefined && agents.size >= agents_max) prune(agents, now);
      if (last === undefined && agents.size >= agents_max) return;
      agents.delete(agent_id);
      agents.set(agent_id, now);
    },
    size(tenant, now) {
      const agents = tenants.get(tenant);
      if (agents === undefined) return 0;
      prune(agents, now);
      return agents.size;
    },
  };
}
