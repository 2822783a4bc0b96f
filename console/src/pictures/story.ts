import type { Call, Order } from '../api/types.ts';

/** Whoever used the credential from one place. */
export interface Lane {
  key: string;
  agent: string;
  place: string;
  uses: Use[];
  first: number;
  last: number;
  ok: number;
  refused: number;
}

export interface Use {
  at: number;
  call: Call;
  outcome: 'ok' | 'error' | 'denied' | 'pending';
  is_evidence: boolean;
  /** It worked although the credential was proven gone, or long after a receiver had said yes. */
  is_after_revoke: boolean;
}

export interface Story {
  lanes: Lane[];
  /** Times in which two lanes used it. */
  overlaps: { from: number; to: number; lanes: [string, string] }[];
  steps: { at: number; label: string; why: string }[];
  revoked_at: number | undefined;
  refused_after: number;
  used_after: number;
  times: number[];
}

interface Told {
  calls: readonly Call[];
  orders: readonly Order[];
  evidence: ReadonlySet<string>;
  alert_at?: number | undefined;
}

const STEPS: Partial<Record<Order['state'], string>> = {
  held: 'held',
  sent: 'order sent',
  accepted: 'accepted',
  confirmed: 'proven gone',
  failed: 'failed',
  undone: 'undone',
};

/** What was on its way when the receiver said yes may still be served. */
const GRACE_MS = 5000;

/** Who used a credential, from where and when, what was done about it, and what happened to whoever came back. */
export function storyOf({ calls, orders, evidence, alert_at }: Told): Story {
  const revoked_at = firstTime(orders, ['accepted', 'confirmed']);
  const gone_at = firstTime(orders, ['confirmed']) ?? (revoked_at === undefined ? undefined : revoked_at + GRACE_MS);
  const lanes = new Map<string, Lane>();
  for (const call of calls) {
    if (call.kind === 'lifecycle') continue;
    const lane = laneOf(lanes, call);
    const at = Date.parse(call.time);
    const outcome = call.outcome ?? 'ok';
    const is_after_revoke = gone_at !== undefined && at > gone_at;
    lane.uses.push({
      at,
      call,
      outcome,
      is_evidence: evidence.has(call.event_id),
      is_after_revoke: is_after_revoke && outcome === 'ok',
    });
    lane.first = Math.min(lane.first, at);
    lane.last = Math.max(lane.last, at);
    if (outcome === 'ok') lane.ok += 1;
    if (outcome === 'denied') lane.refused += 1;
  }
  const drawn = [...lanes.values()].sort((a, b) => a.first - b.first);
  const uses = drawn.flatMap((lane) => lane.uses);
  const steps = stepsOf(orders, alert_at);
  return {
    lanes: drawn,
    overlaps: overlapsOf(drawn),
    steps,
    revoked_at,
    refused_after:
      revoked_at === undefined ? 0 : uses.filter(({ at, outcome }) => at > revoked_at && outcome === 'denied').length,
    used_after: uses.filter(({ is_after_revoke }) => is_after_revoke).length,
    times: [...uses.map(({ at }) => at), ...steps.map(({ at }) => at)],
  };
}

function laneOf(lanes: Map<string, Lane>, call: Call): Lane {
  const agent = call.agent_id ?? '';
  const place = call.source_ip ?? '';
  const key = JSON.stringify([agent, place]);
  const known = lanes.get(key);
  if (known !== undefined) return known;
  const lane: Lane = {
    key,
    agent,
    place,
    uses: [],
    first: Number.POSITIVE_INFINITY,
    last: Number.NEGATIVE_INFINITY,
    ok: 0,
    refused: 0,
  };
  lanes.set(key, lane);
  return lane;
}

/**
 * Times in which two used it: while both were served, or where the evidence says so. A thief who is refused shares nothing.
 * What a producer did not name is not another one: agent and gateway tell of the same use, one of them without the address.
 */
function overlapsOf(lanes: readonly Lane[]): Story['overlaps'] {
  return lanes.flatMap((a, i) =>
    lanes.slice(i + 1).flatMap((b) => {
      if (!differ(a.agent, b.agent) && !differ(a.place, b.place)) return [];
      const span = together(served(a), served(b)) ?? around(evidenceOf(a), evidenceOf(b));
      return span === undefined ? [] : [{ ...span, lanes: [a.key, b.key] as [string, string] }];
    }),
  );
}

const served = ({ uses }: Lane) => uses.filter(({ outcome }) => outcome === 'ok').map(({ at }) => at);
const evidenceOf = ({ uses }: Lane) => uses.filter(({ is_evidence }) => is_evidence).map(({ at }) => at);

function together(a: readonly number[], b: readonly number[]): { from: number; to: number } | undefined {
  const from = Math.max(Math.min(...a), Math.min(...b));
  const to = Math.min(Math.max(...a), Math.max(...b));
  return from <= to ? { from, to } : undefined;
}

function around(a: readonly number[], b: readonly number[]): { from: number; to: number } | undefined {
  return a.length === 0 || b.length === 0 ? undefined : { from: Math.min(...a, ...b), to: Math.max(...a, ...b) };
}

function differ(a: string, b: string): boolean {
  return a !== '' && b !== '' && a !== b;
}

function stepsOf(orders: readonly Order[], alert_at: number | undefined): Story['steps'] {
  const seen = new Set<string>();
  const steps = orders.flatMap((order) => {
    const label = STEPS[order.state];
    const key = `${order.order_id} ${label}`;
    if (label === undefined || seen.has(key)) return [];
    seen.add(key);
    return [{ at: Date.parse(order.time), label, why: order.why }];
  });
  if (alert_at !== undefined) steps.push({ at: alert_at, label: 'alert', why: 'The threshold was crossed' });
  return steps.sort((a, b) => a.at - b.at);
}

function firstTime(orders: readonly Order[], states: readonly string[]): number | undefined {
  const times = orders.filter(({ state }) => states.includes(state)).map(({ time }) => Date.parse(time));
  return times.length === 0 ? undefined : Math.min(...times);
}
