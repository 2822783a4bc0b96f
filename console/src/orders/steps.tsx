import type { ReactNode } from 'react';
import type { Order } from '../api/types.ts';
import { words } from '../text/escape.ts';
import { duration } from '../time/format.ts';
import { STATE, StateMark } from '../ui/marks.tsx';
import { Table } from '../ui/table.tsx';
import { Safe, Time } from '../ui/text.tsx';

interface Shown {
  state: Order['state'];
  label: string;
  /** Since the event that crossed the threshold was durable. */
  after_ms: number | undefined;
}

/** The states an order went through, each with its time since the event: repeats of one state are one step. */
export function Steps({ history }: { history: readonly Order[] }): ReactNode {
  const steps = stepsOf(history);
  return (
    <ol className="order-steps">
      {steps.map(({ state, label, after_ms }) => (
        <li key={label} className={`order-step tone-${STATE[state]?.tone ?? 'quiet'}`} title={STATE[state]?.means}>
          <span className="shape" aria-hidden="true">
            {STATE[state]?.shape ?? '?'}
          </span>
          <b>{label}</b>
          <span>{after_ms === undefined ? '' : `+${duration(after_ms)}`}</span>
        </li>
      ))}
    </ol>
  );
}

export function stepsOf(history: readonly Order[]): Shown[] {
  const begun = history[0]?.event_appended || undefined;
  const steps: Shown[] = [];
  for (const { state, time } of history) {
    if (steps.at(-1)?.state === state) continue;
    const after_ms = begun === undefined ? undefined : Date.parse(time) - begun;
    const before = steps.filter((step) => step.state === state).length;
    steps.push({ state, label: words(state) + (before > 0 ? ` (${before + 1})` : ''), after_ms });
  }
  return steps;
}

export function HistoryTable({ history }: { history: readonly Order[] }): ReactNode {
  return (
    <Table
      caption="Transitions of the order"
      rows={history}
      rowKey={({ order_id, seq }) => `${order_id} ${seq}`}
      columns={[
        { name: 'Time', cell: ({ time }) => <Time at={time} ms /> },
        { name: 'State', cell: ({ state }) => <StateMark value={state} /> },
        { name: 'Who', cell: ({ who }) => <Safe text={who} /> },
        { name: 'Why', cell: ({ why }) => <Safe text={why} /> },
        { name: 'Receiver', cell: ({ receiver, attempt }) => <Safe text={receiver && `${receiver} #${attempt}`} /> },
        { name: 'HTTP', number: true, cell: ({ http_status }) => http_status || '' },
      ]}
    />
  );
}
