import { plain } from '../act/plain.ts';
import { TriplineError } from '../errors.ts';
import { confirm, fail, newCourse, step, undone } from './course.ts';
import type { Engine } from './engine.ts';
import type { Entry } from './ledger.ts';
import { stateOf } from './machine.ts';
import { answered } from './orders.ts';
import type { Said } from './revoker.ts';

/** What became of it. */
export interface Heard {
  order_id: string;
  state: string;
  /** Nothing changed where it had been heard before, or where the rule lets only the stream prove. */
  changed: boolean;
}

export type Feedback = (headers: Readonly<Record<string, string>>, body: string) => Promise<Heard>;

/**
 * Takes what a receiver says after its answer: that it did it, will not do it, or took it back by itself. Who says so is known by the signature,
 * and each speaks of orders that it was asked for last. Heard twice, it counts once.
 * @throws TriplineError TRIPLINE_UNAUTHORISED, TRIPLINE_INPUT_UNREADABLE, TRIPLINE_ORDER_REFUSED
 */
export function feedbackOf(engine: Engine): Feedback {
  return async (headers, body) => {
    const { receiver, said } = speaker(engine, headers, body);
    const entry = engine.ledger.get(said.order_id);
    if (entry === undefined || entry.order.receiver !== receiver)
      throw new TriplineError(
        'TRIPLINE_ORDER_REFUSED',
        `Receiver ${receiver} has no order ${plain(said.order_id, 100)}`,
      );
    const before = entry.order.seq;
    const course = newCourse(engine);
    const how = HOW[said.status];
    const detail = plain(said.detail ?? '') || `The receiver said so later: ${said.status}`;
    how(course, entry, { receiver, detail, proof: plain(said.proof ?? '', 1000) });
    await engine.commit(course);
    return { order_id: said.order_id, state: entry.order.state, changed: entry.order.seq !== before };
  };
}

interface Word {
  receiver: string;
  detail: string;
  proof: string;
}

type Move = (course: ReturnType<typeof newCourse>, entry: Entry, word: Word) => void;

const HOW: Readonly<Record<Said['status'], Move>> = {
  confirmed(course, entry, { receiver, detail, proof }) {
    const state = stateOf(entry.order);
    if (state === 'sent')
      answered(course, entry, { receiver, asked_for: 'sent' }, { status: 'accepted', detail, proof });
    else if (state === 'accepted' && entry.proof === 'receiver' && proof !== '')
      confirm(course, entry, receiver, detail, proof);
  },
  refused(course, entry, { receiver, detail }) {
    const state = stateOf(entry.order);
    if (state === 'sent') answered(course, entry, { receiver, asked_for: 'sent' }, { status: 'failed', detail });
    else if (state === 'accepted' || state === 'confirmed') fail(course, entry, { who: receiver, why: detail });
  },
  undone(course, entry, { receiver, detail }) {
    const state = stateOf(entry.order);
    if (state === 'accepted' || state === 'confirmed')
      step(course, entry, { state: 'undo_requested', who: receiver, why: detail });
    if (stateOf(entry.order) === 'undo_requested') undone(course, entry, receiver, detail);
  },
};

function speaker({ receivers }: Engine, headers: Readonly<Record<string, string>>, body: string) {
  for (const [receiver, { feedback }] of receivers) {
    const said = feedback?.(headers, body);
    if (said !== undefined) return { receiver, said };
  }
  throw new TriplineError('TRIPLINE_UNAUTHORISED', 'The signature is by no receiver that is configured here');
}
