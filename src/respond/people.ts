import { plain } from '../act/plain.ts';
import { TriplineError } from '../errors.ts';
import type { OrderState } from '../order/order.ts';
import { ask, type Course, newCourse, step, takeBack } from './course.ts';
import type { Engine } from './engine.ts';
import type { Entry } from './ledger.ts';
import { stateOf } from './machine.ts';
import { expire } from './orders.ts';

/** Who asks for something, and why: both stand in the order's history. */
export interface Said {
  who: string;
  why: string;
}

/** What people do about one order. Each rejects with TRIPLINE_ORDER_REFUSED when it cannot be done, and says why. */
export interface People {
  /** Says yes to a held order, whatever guard held it; it leaves when enough different people have. */
  approve(order_id: string, said: Said): Promise<void>;
  /** Drops a held order. */
  reject(order_id: string, said: Said): Promise<void>;
  /** Takes back what a receiver accepted; `false_alarm` says that the alert was wrong. */
  undo(order_id: string, said: Said & { false_alarm: boolean }): Promise<void>;
  /** Asks again, from the first receiver on, after all have failed. The webhook-id stays. */
  redeliver(order_id: string, said: Said): Promise<void>;
}

export const FALSE_ALARM = 'False alarm: ';

export function peopleOf(engine: Engine): People {
  /** Moves an order that is in one of these states. */
  const move = async (
    order_id: string,
    states: readonly OrderState[],
    doing: string,
    how: (course: Course, entry: Entry) => void,
  ): Promise<void> => {
    const entry = engine.ledger.get(order_id);
    if (entry === undefined || !states.includes(stateOf(entry.order)))
      throw refused(`Order ${order_id} is ${entry?.order.state ?? 'not known'}: ${doing} needs ${states.join(' or ')}`);
    const course = newCourse(engine);
    how(course, entry);
    await engine.commit(course);
  };
  return {
    approve: (order_id, said) =>
      move(order_id, ['held'], 'approval', (course, entry) => approve(engine, course, entry, clean(said))),
    reject: (order_id, said) =>
      move(order_id, ['held'], 'rejection', (course, entry) => {
        const { who, why } = clean(said);
        expire(course, entry, why, who);
      }),
    undo: (order_id, said) =>
      move(order_id, ['accepted', 'confirmed', 'undo_requested'], 'undo', (course, entry) =>
        undo(course, entry, { ...clean(said), false_alarm: said.false_alarm }),
      ),
    redeliver: (order_id, said) =>
      move(order_id, ['irrevocable'], 'redelivery', (course, entry) => {
        if (entry.receivers.length === 0) throw refused(`No receiver can do order ${order_id}`);
        const { who, why } = clean(said);
        entry.at = 0;
        const receiver = entry.receivers[0]!;
        step(course, entry, { state: 'escalated', who, why, receiver, attempt: 0, proof: '', can_undo: 0 });
        ask(course, entry, who, why);
      }),
  };
}

function approve({ paused }: Engine, course: Course, entry: Entry, { who, why }: Said): void {
  const { order, approved_by, approvals_min } = entry;
  if (paused !== undefined)
    throw refused(`Order ${order.order_id} cannot be approved while ${paused.who} has paused everything`);
  if (approved_by.includes(who)) throw refused(`${who} has approved order ${order.order_id} already`);
  approved_by.push(who);
  if (approved_by.length < approvals_min)
    step(course, entry, { state: 'held', who, why: `Approved, ${approved_by.length} of ${approvals_min}: ${why}` });
  else ask(course, entry, who, why);
}

function undo(course: Course, entry: Entry, { who, why, false_alarm }: Said & { false_alarm: boolean }): void {
  const { order_id, receiver, can_undo, state } = entry.order;
  if (state === 'undo_requested' && !entry.undo_given_up) throw refused(`Order ${order_id} is being undone already`);
  if (can_undo === 0) throw refused(`Receiver ${receiver} cannot take back order ${order_id}: act there by hand`);
  takeBack(course, entry, { who, why: false_alarm ? `${FALSE_ALARM}${why}` : why });
}

const WHO_MAX = 256;

/** Both are shown: one line, bounded. */
function clean({ who, why }: Said): Said {
  const said = { who: plain(who, WHO_MAX).trim(), why: plain(why, 2000).trim() };
  if (said.who === '' || said.why === '') throw refused('who and why are needed: expected a text for each');
  return said;
}

function refused(message: string): TriplineError {
  return new TriplineError('TRIPLINE_ORDER_REFUSED', message);
}
