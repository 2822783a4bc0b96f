import { type ReactNode, useMemo } from 'react';
import { Link } from 'wouter';
import type { AlertDetail, Call, Calls, IncidentDetail, Order } from '../api/types.ts';
import { useApi } from '../api/use-api.ts';
import { historiesOf, OrderCard } from '../orders/order-card.tsx';
import { storyOf } from '../pictures/story.ts';
import { StoryPicture } from '../pictures/story-picture.tsx';
import { CallsTable, SwimlanePicture } from '../pictures/swimlane-picture.tsx';
import { SeverityMark } from '../ui/marks.tsx';
import { Load, Panel } from '../ui/panel.tsx';
import { AgentLink, CredentialLink, Safe, Time } from '../ui/text.tsx';
import { Related } from './related.tsx';
import { Why } from './why.tsx';

interface Props {
  alert_id: string;
  /** Absent where it is a page of its own. */
  onClose?: () => void;
}

/** Why it fired, on which events, what was done, and whether that is proven. */
export function AlertView({ alert_id, onClose }: Props): ReactNode {
  const path = encodeURIComponent(alert_id);
  const alert = useApi<AlertDetail>(`/api/alerts/${path}`);
  const incident = useApi<IncidentDetail>(`/api/incidents/${path}`);
  return (
    <Load query={alert} height={400}>
      {(data) => (
        <>
          <Head alert={data} risk={incident.data?.risk} onClose={onClose} />
          <Done alert={data} others={incident.data?.revocations} />
          <Pictures alert={data} orders={incident.data?.revocations ?? data.revocations} />
          <Why alert={data} />
          <Evidence alert={data} />
          <Load query={incident}>{(whole) => <Related incident={whole} alert_id={alert_id} />}</Load>
        </>
      )}
    </Load>
  );
}

function Head({
  alert,
  risk,
  onClose,
}: {
  alert: AlertDetail;
  risk: number | undefined;
  onClose: Props['onClose'];
}): ReactNode {
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
      <h2 tabIndex={-1} data-panel-title>
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

/** What was done about it; an order of another alert of the incident counts as well, since it took the same credential away. */
function Done({ alert, others }: { alert: AlertDetail; others: Order[] | undefined }): ReactNode {
  const histories = historiesOf(others ?? alert.revocations);
  if (histories.length === 0) return <p className="nothing">No rule of the policy asked for anything.</p>;
  return (
    <section className="orders" aria-label="What was done">
      {histories.slice(0, 6).map((history) => (
        <OrderCard key={history[0]!.order_id} history={history} />
      ))}
      {histories.length > 6 ? <p className="muted">6 of {histories.length} orders</p> : null}
    </section>
  );
}

const AROUND_MS = 10 * 60_000;

function Pictures({ alert, orders }: { alert: AlertDetail; orders: Order[] }): ReactNode {
  const around = {
    from: new Date(Date.parse(alert.window_from) - AROUND_MS).toISOString(),
    to: new Date(Date.parse(alert.window_to) + AROUND_MS).toISOString(),
  };
  const evidence = useMemo(() => new Set(alert.event_ids), [alert.event_ids]);
  return (
    <>
      {alert.credential === '' ? null : <Story alert={alert} orders={orders} around={around} evidence={evidence} />}
      {alert.agent_id === '' ? null : <Lanes alert={alert} around={around} evidence={evidence} />}
    </>
  );
}

interface PictureProps {
  alert: AlertDetail;
  around: { from: string; to: string };
  evidence: ReadonlySet<string>;
}

function Story({ alert, orders, around, evidence }: PictureProps & { orders: Order[] }): ReactNode {
  const calls = useApi<Calls>('/api/calls', { ...around, credential: alert.credential }, { every_ms: 5000 });
  return (
    <Load query={calls} height={160}>
      {({ items }) => {
        const own = orders.filter(({ credential, state }) => credential === alert.credential && state !== 'observed');
        const story = storyOf({ calls: items, orders: own, evidence, alert_at: Date.parse(alert.time) });
        return story.lanes.length === 0 ? null : <StoryPicture story={story} />;
      }}
    </Load>
  );
}

function Lanes({ alert, around, evidence }: PictureProps): ReactNode {
  const calls = useApi<Calls>('/api/calls', {
    ...around,
    agent_id: alert.agent_id,
    session: alert.session || undefined,
  });
  return (
    <Load query={calls} height={120}>
      {({ items, total }) =>
        items.length === 0 ? null : <SwimlanePicture calls={items} total={total} evidence={evidence} />
      }
    </Load>
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
