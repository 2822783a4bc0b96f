import { firstFit } from '../event/glob.ts';
import type { OrderState } from '../order/order.ts';
import type { Caps } from './caps.ts';
import type { Proposal } from './decide.ts';
import type { Entry, Ledger } from './ledger.ts';
import { type OrderHead, stateOf } from './machine.ts';
import type { Policy } from './policy.ts';

export interface GuardContext {
  policy: Policy;
  ledger: Ledger;
  caps: Caps;
  paused: { who: string; why: string } | undefined;
  now: number;
  repeat_after_ms: number;
  /** Agents of a tenant that are live. */
  fleet(tenant: string): number;
}

export type Guard = 'approval' | 'entitlement' | 'protected' | 'cool_down' | 'maintenance' | 'pause' | 'cap';

export interface Verdict {
  state: 'observed' | 'held' | 'sent';
  /** The guard that holds it; '' when it may go. */
  held_by: Guard | '';
  why: string;
  /** A weaker order for the same thing, which this one takes the place of. */
  replaces?: Entry;
}

/** The last word on a proposal: what becomes of it, or the reason why it becomes no order. */
export function guard(proposal: Proposal, context: GuardContext): Verdict | { none: string } {
  const { head } = proposal;
  const verdict = judge(proposal, context);
  const known = context.ledger.get(head.order_id);
  if (known !== undefined) return { none: `order ${head.order_id} was asked for before` };
  const current = context.ledger.current(head);
  if (current === undefined) return verdict;
  if (holdsOff(current, verdict.state, context))
    return { none: `order ${current.order.order_id} is ${current.order.state} already` };
  return ['held', 'proposed'].includes(stateOf(current.order)) ? { ...verdict, replaces: current } : verdict;
}

/** First guard that stops it, in this order. */
function heldBy(proposal: Proposal, context: GuardContext): { guard: Guard; why: string } | undefined {
  const { head, rule } = proposal;
  const stranger = unentitled(proposal);
  if (stranger !== undefined) return { guard: 'entitlement', why: stranger };
  const shield = protection(head, context.policy);
  if (shield !== undefined) return { guard: 'protected', why: shield };
  const regret = undoneLately(proposal, context);
  if (regret !== undefined) return { guard: 'cool_down', why: regret };
  const work = maintenance(head, context);
  if (work !== undefined) return { guard: 'maintenance', why: work };
  const { paused } = context;
  if (paused !== undefined) return { guard: 'pause', why: `paused by ${paused.who}: ${paused.why}` };
  const weight = { tenant: head.tenant, receiver: rule.receivers[0] ?? '', producers: proposal.producers };
  const cap = context.caps.refusal(rule, weight, context.now, context.fleet(head.tenant));
  return cap === undefined ? undefined : { guard: 'cap', why: cap };
}

function judge(proposal: Proposal, context: GuardContext): Verdict {
  const { mode } = proposal.head;
  const stop = heldBy(proposal, context);
  if (mode === 'observe') {
    const would =
      stop === undefined
        ? `would be sent to ${proposal.rule.receivers[0] ?? 'a receiver'}`
        : `would be held: ${stop.why}`;
    return { state: 'observed', held_by: '', why: would };
  }
  if (stop !== undefined) return { state: 'held', held_by: stop.guard, why: stop.why };
  if (mode === 'approve') return { state: 'held', held_by: 'approval', why: 'the rule asks for approval' };
  return { state: 'sent', held_by: '', why: '' };
}

const STRENGTH: Readonly<Record<OrderState, number>> = {
  failed: -1,
  irrevocable: -1,
  expired: -1,
  undone: -1,
  observed: 0,
  proposed: 1,
  held: 1,
  sent: 2,
  accepted: 2,
  confirmed: 2,
  escalated: 2,
  undo_requested: 2,
};
const SETTLED: readonly OrderState[] = ['observed', 'accepted', 'confirmed'];

/**
 * An order holds off what would go no further than it went itself. So a forged alert that was held cannot stand in the way of an
 * honest one, and many alerts about one thing are one order.
 */
function holdsOff({ order }: Entry, planned: Verdict['state'], { now, repeat_after_ms }: GuardContext): boolean {
  const state = stateOf(order);
  if (SETTLED.includes(state) && now - order.time >= repeat_after_ms) return false;
  return STRENGTH[state] >= STRENGTH[planned];
}

/** A person took the last one back: whether it is right this time, a person says too. */
function undoneLately({ head, rule }: Proposal, { ledger, now }: GuardContext): string | undefined {
  const last = ledger.current(head);
  if (last === undefined || stateOf(last.order) !== 'undone' || ['', 'policy'].includes(last.undo_by)) return undefined;
  const since_ms = now - last.order.time;
  return since_ms < rule.cool_down_ms
    ? `${last.undo_by} took order ${last.order.order_id} back ${since_ms} ms ago`
    : undefined;
}

function maintenance({ tenant, agent_id }: OrderHead, { policy, now }: GuardContext): string | undefined {
  const window = policy.maintenance.find(
    ({ from, to, tenants, agents }) =>
      now >= Date.parse(from) &&
      now < Date.parse(to) &&
      firstFit(tenants, tenant) !== undefined &&
      // What names no agent may be about any.
      (agent_id === '' || firstFit(agents, agent_id) !== undefined),
  );
  return window && `maintenance until ${window.to}: ${window.why}`;
}

function unentitled({ producers, rule }: Proposal): string | undefined {
  const entitled = rule.entitled_producers;
  if (entitled === undefined) return undefined;
  if (producers.length === 0)
    return `nobody is named as the source of the evidence, and rule ${rule.name} wants an entitled producer`;
  const stranger = producers.find((producer) => firstFit(entitled, producer) === undefined);
  return stranger === undefined ? undefined : `producer ${stranger} is not entitled by rule ${rule.name}`;
}

/**
 * An agent is protected by its id, by the name of what is acted on, and by the client that its credential was issued to.
 * Exported for `resume`, which asks again: the list may have grown during the pause.
 */
export function protection(head: OrderHead, policy: Policy): string | undefined {
  const { agents, credentials } = policy.protected;
  const ownCredential = firstFit(credentials, head.target_kind === 'credential' ? head.target : head.credential);
  if (ownCredential !== undefined) return `protected.credentials has ${ownCredential}`;
  const names = [
    head.agent_id,
    head.target_kind === 'credential' ? '' : head.target,
    head.credential_handles.client_id,
  ];
  for (const name of names) {
    const own = firstFit(agents, name);
    if (own !== undefined) return `protected.agents has ${own}`;
  }
  return undefined;
}
