import { plain } from '../act/plain.ts';
import { ask, askBack, type Course, confirm, fail, notice, record, step, tell, undone } from './course.ts';
import type { Proposal } from './decide.ts';
import type { Verdict } from './guards.ts';
import type { Entry } from './ledger.ts';
import { begin, stateOf } from './machine.ts';
import { capNotice, type Use, undoNotice } from './notices.ts';
import type { RevokeResult } from './revoker.ts';
import { route } from './route.ts';
import { waitBefore } from './schedule.ts';

const ATTEMPTS_MAX = 65_535;
const WHY_MAX = 2000;

/** Begins an order as its verdict says. */
export function open(course: Course, proposal: Proposal, verdict: Verdict): void {
  const { head, rule } = proposal;
  if (verdict.replaces !== undefined)
    step(course, verdict.replaces, { state: 'expired', who: 'policy', why: `Order ${head.order_id} takes its place` });
  const { able, unable } = route(rule.receivers, course.receivers, head);
  const entry = entryOf(proposal, verdict, able, course.clock());
  record(course, entry);
  course.ledger.put(entry);
  if (verdict.state === 'observed') return;
  if (able.length === 0) fail(course, entry, { who: 'policy', why: `No receiver can do it: ${unable.join('; ')}` });
  else if (verdict.state === 'sent') ask(course, entry, 'policy', entry.why);
  else hold(course, entry, proposal, verdict);
}

/** What a receiver answered. An answer that came too late to matter changes nothing. */
export function answered(course: Course, entry: Entry, { receiver, asked_for }: Asked, result: RevokeResult): void {
  const { order } = entry;
  if (stateOf(order) !== asked_for || order.receiver !== receiver) return;
  if (asked_for === 'undo_requested') answeredBack(course, entry, result);
  else if (result.status === 'accepted') accepted(course, entry, result);
  else notAccepted(course, entry, receiver, result);
}

/** Who was asked, and for which of the two. */
export interface Asked {
  receiver: string;
  asked_for: 'sent' | 'undo_requested';
}

function answeredBack(course: Course, entry: Entry, result: RevokeResult): void {
  const { receiver, attempt } = entry.order;
  const detail = plain(result.detail ?? '') || 'The receiver took it back';
  if (result.status === 'accepted') undone(course, entry, receiver, detail);
  else if (result.status === 'retry' && attempt < course.config.undo_attempts_max)
    askBack(course, entry, { who: receiver, why: `${detail}; asked again`, attempt: attempt + 1 });
  else {
    step(course, entry, { state: 'undo_requested', who: receiver, why: detail, http_status: result.http_status ?? 0 });
    entry.undo_given_up = true;
    notice(course, undoNotice(entry, course.clock(), detail));
  }
}

function notAccepted(
  course: Course,
  entry: Entry,
  receiver: string,
  result: Exclude<RevokeResult, { status: 'accepted' }>,
): void {
  const { order } = entry;
  const { http_status = 0 } = result;
  const detail = plain(result.detail);
  const wait_ms = waitAfter(course, entry, result);
  if (wait_ms !== undefined) {
    const why = `${detail}; asked again after ${wait_ms} ms`;
    step(course, entry, { state: 'sent', who: receiver, why, http_status, attempt: order.attempt + 1 });
    course.outcome.send.push({ entry, wait_ms });
  } else if (entry.early_proof !== '') {
    confirm(course, entry, 'stream', REFUSED, entry.early_proof);
  } else {
    const why = result.status === 'retry' ? `Given up after attempt ${order.attempt}: ${detail}` : detail;
    fail(course, entry, { who: receiver, why, http_status });
  }
}

/** A watched credential was refused after the order was sent. */
export function refused(course: Course, entry: Entry, event_id: string): void {
  const state = stateOf(entry.order);
  if (state === 'accepted') confirm(course, entry, 'stream', REFUSED, event_id);
  else if (state === 'sent' && entry.early_proof === '') {
    // The receiver has not answered yet, and something else may have refused this one use: the order goes on.
    entry.early_proof = event_id;
    course.outcome.change.kept.push(entry);
  }
}

/** A watched credential was used with success after the order was sent. */
export function used(course: Course, entry: Entry, use: Use): void {
  const state = stateOf(entry.order);
  if (state === 'sent' && entry.early_proof !== '') {
    entry.early_proof = '';
    course.outcome.change.kept.push(entry);
  }
  if (state !== 'accepted' && state !== 'confirmed') return;
  const end_of_grace = entry.accepted_at + entry.grace_ms;
  if (use.time <= end_of_grace || use.appended <= end_of_grace) return;
  const why = `It was used with success ${use.time - entry.accepted_at} ms after ${entry.order.receiver} accepted`;
  fail(course, entry, { who: 'stream', why, proof: use.event_id, use });
}

/** A held order is dropped. */
export function expire(course: Course, entry: Entry, why: string, who = 'policy'): void {
  step(course, entry, { state: 'expired', who, why });
}

function hold(course: Course, entry: Entry, { rule, head }: Proposal, { held_by, why }: Verdict): void {
  step(course, entry, { state: 'held', who: 'policy', why: plain(why, WHY_MAX) });
  course.metrics.ordersHeld.inc({ guard: held_by });
  const now = course.clock();
  if (held_by === 'cap' && course.caps.mayTell(rule, head.tenant, now)) notice(course, capNotice(entry, now, why));
}

const REFUSED = 'A use after the order was refused';

function accepted(course: Course, entry: Entry, result: RevokeResult & { status: 'accepted' }): void {
  const { receiver } = entry.order;
  const proof = plain(result.proof ?? '', 1000);
  const can_undo = course.receivers.get(receiver)?.capabilities.undo ? 1 : 0;
  const why = plain(result.detail ?? '') || 'The receiver said yes';
  entry.accepted_at = course.clock();
  step(course, entry, { state: 'accepted', who: receiver, why, http_status: result.http_status ?? 0, proof, can_undo });
  tell(course, entry);
  if (entry.early_proof !== '') confirm(course, entry, 'stream', REFUSED, entry.early_proof);
  else if (entry.proof === 'receiver' && proof !== '')
    confirm(course, entry, receiver, "The receiver's answer proves it", proof);
}

/** How long to wait before the next attempt; undefined when there is none. */
function waitAfter({ config, random, clock }: Course, entry: Entry, result: RevokeResult): number | undefined {
  const { attempt } = entry.order;
  if (result.status !== 'retry' || attempt >= ATTEMPTS_MAX) return undefined;
  const wait_ms = Math.max(waitBefore(attempt + 1, config, random()), result.retry_after_ms ?? 0);
  const isLast = entry.at + 1 >= entry.receivers.length;
  const limit_ms = isLast ? config.retry_limit_ms : config.escalate_after_ms;
  return clock() - entry.asked_at + wait_ms <= limit_ms ? wait_ms : undefined;
}

function entryOf({ head, rule, why, producers }: Proposal, verdict: Verdict, receivers: string[], now: number): Entry {
  const reason = plain(why, WHY_MAX);
  const observed = verdict.state === 'observed';
  const first = {
    state: observed ? ('observed' as const) : ('proposed' as const),
    time: now,
    who: 'policy',
    why: observed ? `${reason} (${plain(verdict.why, WHY_MAX)})` : reason,
  };
  return {
    order: begin(head, first),
    why: reason,
    receivers,
    producers: [...producers],
    at: 0,
    proof: rule.proof,
    grace_ms: rule.grace_ms,
    hold_ms: rule.hold_ms,
    held_by: verdict.held_by,
    proposed_at: now,
    sent_at: 0,
    asked_at: 0,
    accepted_at: 0,
    early_proof: '',
    told: false,
    approvals_min: rule.approvals_min,
    approved_by: [],
    suspend_ms: head.action === 'suspend' ? rule.suspend_ms : 0,
    undo_given_up: false,
    undo_by: '',
  };
}
