import { stateEntry } from '../log/state-entry.ts';
import { ask, type Course, newCourse, takeBack, weightOf } from './course.ts';
import type { Engine, Pause } from './engine.ts';
import { type Guard, protection } from './guards.ts';
import { type Entry, isOpen } from './ledger.ts';
import { stateOf } from './machine.ts';
import { expire } from './orders.ts';
import type { Rule } from './policy.ts';

export const CONTROL_SCOPE = 'respond/control';
const PAUSE_KEY = 'pause';

/** Nothing leaves from now on, on this worker and after a restart too; resolves when that is durable. */
export async function pause(engine: Engine, who: string, why: string): Promise<void> {
  await setPause(engine, { who, why, since: engine.clock() });
}

/** Orders that only the pause held back go out, as far as the other guards let them. */
export async function resume(engine: Engine, who: string): Promise<void> {
  await setPause(engine, undefined);
  const course = newCourse(engine);
  for (const entry of engine.ledger.all())
    if (stateOf(entry.order) === 'held' && entry.held_by === 'pause') releasePaused(engine, course, entry, who);
  await engine.commit(course);
}

/** Drops held orders whose time is over, and forgets settled ones that are old or too many. */
export async function sweep(engine: Engine): Promise<void> {
  const { ledger, config } = engine;
  const course = newCourse(engine);
  const now = engine.clock();
  let surplus = ledger.size - config.orders_kept_max;
  for (const entry of ledger.all()) {
    const held = stateOf(entry.order) === 'held';
    if (held && now - entry.proposed_at >= entry.hold_ms)
      expire(course, entry, `Nobody released it within ${entry.hold_ms} ms`);
    else if (held && surplus > 0) expire(course, entry, `More than ${config.orders_kept_max} orders are kept`);
    if (isSuspensionOver(entry, now))
      takeBack(course, entry, { who: 'policy', why: `Suspended for ${entry.suspend_ms} ms` });
    const old = now - entry.order.time >= config.order_kept_ms;
    if (isOpen(entry) || !(old || surplus > 0)) continue;
    ledger.forget(entry);
    course.outcome.change.forgotten.push(entry);
    surplus -= 1;
  }
  const { orders, forgotten } = course.outcome.change;
  if (orders.length + forgotten.length > 0) await engine.commit(course);
}

function isSuspensionOver({ order, suspend_ms, accepted_at }: Entry, now: number): boolean {
  if (suspend_ms === 0 || order.can_undo === 0 || now - accepted_at < suspend_ms) return false;
  return stateOf(order) === 'accepted' || stateOf(order) === 'confirmed';
}

/** What entries of earlier versions do not have. */
const LATER = { producers: [], approvals_min: 1, approved_by: [], suspend_ms: 0, undo_given_up: false, undo_by: '' };

/** Brings back what the log's state holds: orders, caps and the pause. */
export async function restore(engine: Engine, scopes: readonly string[]): Promise<Entry[]> {
  const { log, ledger, caps } = engine;
  const entries: Entry[] = [];
  for (const scope of scopes)
    for await (const [, value] of log.state(scope))
      entries.push({ ...LATER, ...(JSON.parse(value.toString()) as Entry) });
  entries.sort((a, b) => a.proposed_at - b.proposed_at);
  for (const entry of entries) ledger.put(entry);
  const sent = entries.filter((entry) => entry.sent_at > 0).sort((a, b) => a.sent_at - b.sent_at);
  for (const entry of sent) caps.count(entry.order.rule, weightOf(entry), entry.sent_at);
  const paused = await stateEntry(log, CONTROL_SCOPE, PAUSE_KEY);
  if (paused !== undefined) engine.paused = JSON.parse(paused.toString()) as Pause;
  return entries;
}

async function setPause(engine: Engine, value: Pause | undefined): Promise<void> {
  engine.paused = value;
  engine.outbox.pause(value !== undefined);
  engine.logger.warn({ paused: value }, value === undefined ? 'orders go out again' : 'orders are held');
  const course = newCourse(engine);
  course.outcome.change.state.push({
    scope: CONTROL_SCOPE,
    key: PAUSE_KEY,
    value: value && Buffer.from(JSON.stringify(value)),
  });
  await engine.commit(course);
}

function releasePaused(engine: Engine, course: Course, entry: Entry, who: string): void {
  const { order } = entry;
  const rule = engine.policy.rules.find(({ name }) => name === order.rule);
  if (rule === undefined) {
    expire(course, entry, `Rule ${order.rule} is gone`);
    return;
  }
  entry.held_by = stillHeldBy(engine, rule, entry);
  if (entry.held_by === '') ask(course, entry, who, entry.why);
  else course.outcome.change.kept.push(entry);
}

/** The guards that come after the pause, and the protected list as it is now. */
function stillHeldBy({ policy, caps, fleet, clock }: Engine, rule: Rule, entry: Entry): Guard | '' {
  const { order } = entry;
  if (protection(order, policy) !== undefined) return 'protected';
  const now = clock();
  if (caps.refusal(rule, weightOf(entry), now, fleet.size(order.tenant, now)) !== undefined) return 'cap';
  return order.mode === 'approve' ? 'approval' : '';
}
