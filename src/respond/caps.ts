import type { Rule } from './policy.ts';

/** How many orders were sent lately, per rule and per tenant. */
export interface Caps {
  /** Why another order would be too many, or undefined. */
  refusal(rule: Rule, tenant: string, now: number, fleet: number): string | undefined;
  count(rule: string, tenant: string, now: number): void;
  /** True when nobody was told of this rule and tenant within its interval; then somebody is. */
  mayTell(rule: Rule, tenant: string, now: number): boolean;
}

/** Longest interval that a policy may name. */
const INTERVAL_MAX_MS = 86_400_000;

export function createCaps(): Caps {
  const byRule = createCounts();
  const byTenant = createCounts();
  const told = new Map<string, number>();
  return {
    refusal({ name, caps }, tenant, now, fleet) {
      const since = now - caps.interval_ms;
      const orders = byRule.since(key(tenant, name), since);
      if (orders >= caps.orders_max)
        return `rule ${name} sent ${orders} orders within ${caps.interval_ms} ms, and orders_max is ${caps.orders_max}`;
      const share_max = Math.max(caps.fleet_orders_min, Math.floor(fleet * caps.fleet_share_max));
      const all = byTenant.since(tenant, since);
      if (all < share_max) return undefined;
      return `${all} orders were sent within ${caps.interval_ms} ms, and fleet_share_max ${caps.fleet_share_max} of ${fleet} live agents (at least ${caps.fleet_orders_min}) allows ${share_max}`;
    },
    count(rule, tenant, now) {
      byRule.add(key(tenant, rule), now);
      byTenant.add(tenant, now);
    },
    mayTell({ name, caps }, tenant, now) {
      const last = told.get(key(tenant, name));
      if (last !== undefined && now - last < caps.interval_ms) return false;
      told.set(key(tenant, name), now);
      return true;
    },
  };
}

function key(tenant: string, rule: string): string {
  return JSON.stringify([tenant, rule]);
}

/** Times per key, oldest first. Bounded by the caps themselves: what is counted here was sent. */
function createCounts() {
  const times = new Map<string, number[]>();
  return {
    add(of: string, now: number): void {
      const known = times.get(of) ?? [];
      times.set(of, known);
      const kept = known.findIndex((time) => time > now - INTERVAL_MAX_MS);
      known.splice(0, kept < 0 ? known.length : kept);
      known.push(now);
    },
    since(of: string, from: number): number {
      const known = times.get(of);
      if (known === undefined) return 0;
      let low = 0;
      let high = known.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (known[middle]! > from) high = middle;
        else low = middle + 1;
      }
      return known.length - low;
    },
  };
}
