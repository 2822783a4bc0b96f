import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, type RefObject, useEffect, useMemo, useRef } from 'react';
import { Link } from 'wouter';
import type { AlertDetail, Call, IncidentDetail, Order } from '../api/types.ts';
import { useApi } from '../api/use-api.ts';
import { historiesOf, OrderCard } from '../orders/order-card.tsx';
import { CallsTable } from '../pictures/swimlane-picture.tsx';
import { words } from '../text/escape.ts';
import { Boundary } from '../ui/boundary.tsx';
import { SeverityMark } from '../ui/marks.tsx';
import { Load, Panel } from '../ui/panel.tsx';
import { Table } from '../ui/table.tsx';
import { AgentLink, CredentialLink, Id, Safe, Time } from '../ui/text.tsx';
import { Pictures } from './pictures.tsx';
import { Related } from './related.tsx';
import { WhatToDo } from './what-to-do.tsx';
import { Why } from './why.tsx';

interface Props {
  alert_id: string;
  /** Absent where it is a page of its own. */
  onClose?: () => void;
  /** Whether the title takes the focus when it is drawn, once. */
  wantsFocus?: RefObject<boolean>;
}

/** Why it fired, on which events, what was done, and whether that is proven. */
export function AlertView({ alert_id, onClose, wantsFocus }: Props): ReactNode {
  const path = encodeURIComponent(alert_id);
  const alert = useApi<AlertDetail>(`/api/alerts/${path}`);
  const incident = useApi<IncidentDetail>(`/api/incidents/${path}`);
  return (
    <Load query={alert} height={400}>
      {(data) => (
        <Boundary at={alert_id}>
          <Whole alert={data} incident={incident} onClose={onClose} wantsFocus={wantsFocus} />
        </Boundary>
      )}
    </Load>
  );
}

interface WholeProps extends Pick<Props, 'onClose' | 'wantsFocus'> {
  alert: AlertDetail;
  incident: UseQueryResult<IncidentDetail, Error>;
}

function Whole({ alert, incident, onClose, wantsFocus }: WholeProps): ReactNode {
  // An order of another alert of the incident counts as well: it took the same credential away.
  const orders = incident.data?.revocations ?? alert.revocations;
  const histories = historiesOf(orders);
  const recorded = histories.filter((history) => history.at(-1)?.state === 'observed');
  const acted = histories.filter((history) => !recorded.includes(history));
  return (
    <>
      <Head alert={alert} risk={incident.data?.risk} onClose={onClose} wantsFocus={wantsFocus} />
      <Done histories={acted} isRecorded={recorded.length > 0} />
      <Pictures alert={alert} orders={orders} />
      {recorded.length === 0 ? null : <Recorded histories={recorded} />}
      <Why alert={alert} />
      <WhatToDo detector={alert.detector} />
      <Evidence alert={alert} />
      <Load query={incident}>{(whole) => <Related incident={whole} alert_id={alert.alert_id} />}</Load>
    </>
  );
}

interface HeadProps extends Pick<Props, 'onClose' | 'wantsFocus'> {
  alert: AlertDetail;
  risk: number | undefined;
}

function Head({ alert, risk, onClose, wantsFocus }: HeadProps): ReactNode {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (wantsFocus?.current !== true) return;
    wantsFocus.current = false;
    title.current?.focus();
  }, [wantsFocus]);
  const { severity, summary, reason, detector, agent_id, credential, time, session } = alert;
  return (
    <header className="detail-head">
      <div className="detail-line">
        <SeverityMark value={severity} />
        {risk === undefined ? null : <span className="muted">incident risk {risk}</span>}
        <span className="muted">
          <Time at={time} whole />
        </span>
        <span className="spring" />
        <a className="quiet" href={`/api/alerts/${encodeURIComponent(alert.alert_id)}`}>
          JSON
        </a>
        {onClose === undefined ? null : (
          <>
            <Link className="quiet" href={`/alert?${new URLSearchParams({ id: alert.alert_id })}`}>
              Full page
            </Link>
            <button type="button" className="quiet" aria-label="Close (Esc)" onClick={onClose}>
              ✕
            </button>
          </>
        )}
      </div>
      <h2 ref={title} tabIndex={-1} data-panel-title>
        <Safe text={summary || reason} />
      </h2>
      <div className="detail-line">
        <span>
          <Safe text={detector} />
        </span>
        <AgentLink id={agent_id} />
        <CredentialLink id={credential} />
        {session === '' ? null : (
          <span className="muted">
            session <Safe text={session} />
          </span>
        )}
      </div>
    </header>
  );
}

const ORDERS_MAX = 6;

function Done({ histories, isRecorded }: { histories: Order[][]; isRecorded: boolean }): ReactNode {
  if (histories.length === 0)
    return (
      <p className="panel muted">
        Nothing was taken away:{' '}
        {isRecorded ? 'what would have been done is only recorded.' : 'no rule asked for anything.'}
      </p>
    );
  return (
    <section className="orders" aria-label="What was done">
      {histories.slice(0, ORDERS_MAX).map((history) => (
        <OrderCard key={history[0]!.order_id} history={history} />
      ))}
      {histories.length > ORDERS_MAX ? (
        <p className="muted">
          {ORDERS_MAX} of {histories.length} orders
        </p>
      ) : null}
    </section>
  );
}

/** Mode observe: what a rule would have done. */
function Recorded({ histories }: { histories: Order[][] }): ReactNode {
  return (
    <Panel title="Only recorded: what would have been done">
      <Table
        caption="Orders that were only recorded"
        rows={histories.flatMap((history) => history.slice(-1))}
        rowKey={({ order_id }) => order_id}
        columns={[
          { name: 'Action', cell: ({ action, target_kind }) => `${words(action)} ${words(target_kind)}` },
          { name: 'Target', cell: ({ target }) => <Id value={target} /> },
          { name: 'Rule', cell: ({ rule }) => <Safe text={rule} /> },
          { name: 'Why', cell: ({ why }) => <Safe text={why} /> },
        ]}
      />
    </Panel>
  );
}

function Evidence({ alert }: { alert: AlertDetail }): ReactNode {
  const { events, events_missing, event_ids } = alert;
  const none: ReadonlySet<string> = useMemo(() => new Set(), []);
  const shown: Call[] = events;
  return (
    <Panel title={`Evidence: ${event_ids.length} event${event_ids.length === 1 ? '' : 's'}`}>
      {shown.length === 0 ? null : <CallsTable calls={shown} evidence={none} />}
      {events_missing.length > 0 ? (
        <p className="muted">
          {events_missing.length} of {event_ids.length} are not in the store, not yet or no longer.
        </p>
      ) : null}
    </Panel>
  );
}
