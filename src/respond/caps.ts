import type { Rule } from './policy.ts';

/** What an order counts against, beside its rule. */
export interface Weighed {
  tenant: string;
  /** The receiver that is asked first. */
  receiver: string;
  /** Who reported the evidence. */
  producers: readonly string[];
}

/** How many orders were sent lately: per rule, tenant, receiver and source of the evidence. */
export interface Caps {
  /** Why another order would be too many, or undefined. */
  refusal(rule: Rule, order: Weighed, now: number, fleet: number): string | undefined;
  count(rule: string, order: Weighed, now: number): void;
  /** True when nobody was told of this rule and tenant within its interval; then somebody is. */
  mayTell(rule: Rule, tenant: string, now: number): boolean;
}

/** Longest interval that a policy may name. */
const INTERVAL_MAX_MS = 86_400_000;

export function createCaps(): Caps {
  const sent = createCounts();
  const told = new Map<string, number>();
  const ofTenant = (tenant: string) => key('tenant', tenant);
  const ofRule = (tenant: string, rule: string) => key('rule', tenant, rule);
  const ofReceiver = (receiver: string) => key('receiver', receiver);
  // A key may name as many sources as it likes (name/source): they are one.
  const ofProducer = (tenant: string, producer: string) => key('producer', tenant, producer.replace(/\/.*/s, ''));
  return {
    refusal({ name, caps }, { tenant, receiver, producers }, now, fleet) {
      const since = now - caps.interval_ms;
      const past = (what: string, of: string, option: CountOption): string | undefined => {
        const orders = sent.since(of, since);
        if (orders < caps[option]) return undefined;
        return `${what} sent ${orders} orders within ${caps.interval_ms} ms, and ${option} is ${caps[option]}`;
      };
      const witness = () =>
        producers
          .map((each) => past(`on the word of ${each} rules`, ofProducer(tenant, each), 'producer_orders_max'))
          .find((refusal) => refusal !== undefined);
      const share = () => {
        const share_max = Math.max(caps.fleet_orders_min, Math.floor(fleet * caps.fleet_share_max));
        const all = sent.since(ofTenant(tenant), since);
        if (all < share_max) return undefined;
        return `${all} orders were sent within ${caps.interval_ms} ms, and fleet_share_max ${caps.fleet_share_max} of ${fleet} live agents (at least ${caps.fleet_orders_min}) allows ${share_max}`;
      };
      return (
        past(`rule ${name}`, ofRule(tenant, name), 'orders_max') ??
        past(`rules for ${tenant}`, ofTenant(tenant), 'tenant_orders_max') ??
        past(`rules to ${receiver}`, ofReceiver(receiver), 'receiver_orders_max') ??
        witness() ??
        share()
      );
    },
    count(rule, { tenant, receiver, producers }, now) {
      sent.add(ofRule(tenant, rule), now);
      sent.add(ofTenant(tenant), now);
      sent.add(ofReceiver(receiver), now);
      for (const witness of new Set(producers.map((producer) => ofProducer(tenant, producer)))) sent.add(witness, now);
    },
    mayTell({ name, caps }, tenant, now) {
      const last = told.get(ofRule(tenant, name));
      if (last !== undefined && now - last < caps.interval_ms) return false;
      told.set(ofRule(tenant, name), now);
      return true;
    },
  };
}

type CountOption = 'orders_max' | 'tenant_orders_max' | 'receiver_orders_max' | 'producer_orders_max';

function key(...parts: string[]): string {
  return JSON.stringify(parts);
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
