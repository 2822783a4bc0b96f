import type { ReactNode } from 'react';
import type { OrderRow as Order, Step } from '../api/types.ts';
import { middle, words } from '../text/escape.ts';
import { duration } from '../time/format.ts';
import { STATE, StateMark } from '../ui/marks.tsx';
import { Safe, Time } from '../ui/text.tsx';

const STEPS: readonly Step[] = ['held', 'sent', 'accepted', 'confirmed', 'failed', 'undone'];

export function OrderRow({ order }: { order: Order | undefined }): ReactNode {
  if (order === undefined) return <div className="row-waiting" role="gridcell" />;
  const { state, action, target_kind, target, agent_id, detector, rule, created, mode } = order;
  return (
    <>
      <div role="gridcell" className="row-level">
        <StateMark value={state} />
        <span className="muted">{words(mode)}</span>
      </div>
      <div role="gridcell" className="row-what">
        <div className="row-title">
          {words(action)} {words(target_kind)} of <Safe text={agent_id === '' ? target : agent_id} />
        </div>
        <div className="row-facts">
          <code>{middle(target, 26)}</code>
          <span>
            <Safe text={detector} />
          </span>
          <span>
            rule <Safe text={rule} />
          </span>
        </div>
      </div>
      <div role="gridcell" className="row-end">
        <Time at={created} />
        <StepTimes order={order} />
      </div>
    </>
  );
}

function StepTimes({ order: { steps, event_appended_ms } }: { order: Order }): ReactNode {
  const reached = STEPS.filter((step) => steps[step] !== undefined);
  if (reached.length === 0) return <span className="muted">not sent</span>;
  return (
    <span className="step-times">
      {reached.map((step) => (
        <span key={step} className={`tone-${STATE[step].tone}`} title={`${step}: ${STATE[step].means}`}>
          <span className="shape" aria-hidden="true">
            {STATE[step].shape}
          </span>
          <span className="sr">{step}</span>{' '}
          {event_appended_ms > 0 ? duration(Date.parse(steps[step]!) - event_appended_ms) : ''}
        </span>
      ))}
    </span>
  );
}
