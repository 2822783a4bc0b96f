import type { Act, AlertAct, AlertState, Disposition } from '../act/act.ts';
import { TriplineError } from '../errors.ts';

/** What somebody wants to do about alerts. */
export interface Asked {
  act: Exclude<AlertAct, 'undo'>;
  who: string;
  role: string;
  why: string;
  /** Of `assign`; '' takes the alert from whoever has it. */
  assignee?: string | undefined;
  /** Of `close`. */
  disposition?: Disposition | undefined;
}

/** How an alert is. */
export type Standing = Pick<Act, 'assignee' | 'disposition'> & { state: AlertState };

/** @throws TriplineError TRIPLINE_ACT_REFUSED when something is missing that the act needs, whatever alert it is about */
export function checkAsked({ act, why, assignee, disposition }: Asked): void {
  const refuse = (message: string) => {
    throw new TriplineError('TRIPLINE_ACT_REFUSED', message);
  };
  if (act === 'close' && disposition === undefined) refuse('disposition: closing needs one');
  if (act === 'close' && why === '') refuse('why: closing needs a reason');
  if (act === 'note' && why === '') refuse('why: a note needs a text');
  if (act === 'assign' && assignee === undefined) refuse('assignee: assigning needs one, or an empty text for nobody');
}

/** How it is after the act; or why the act does not fit, as a text. */
export function after(
  standing: Standing,
  { act, assignee = '', disposition = '' as Disposition }: Asked,
): Standing | string {
  const isClosed = standing.state === 'closed';
  switch (act) {
    case 'note':
      return standing;
    case 'reopen':
      return standing.state === 'open' ? 'is open' : { ...standing, state: 'open', disposition: '' };
    case 'ack':
      return isClosed ? 'is closed' : { ...standing, state: 'acked' };
    case 'assign':
      return isClosed ? 'is closed' : { ...standing, assignee };
    case 'close':
      return isClosed ? 'is closed' : { ...standing, state: 'closed', disposition };
  }
}
