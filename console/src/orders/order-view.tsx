import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { AlertDetail, Calls, Order } from '../api/types.ts';
import { useApi } from '../api/use-api.ts';
import { storyOf } from '../pictures/story.ts';
import { StoryPicture } from '../pictures/story-picture.tsx';
import { words } from '../text/escape.ts';
import { SeverityMark } from '../ui/marks.tsx';
import { Load, Panel } from '../ui/panel.tsx';
import { Facts } from '../ui/table.tsx';
import { AgentLink, CredentialLink, Id, Safe, Time } from '../ui/text.tsx';
import { OrderCard } from './order-card.tsx';
import { HistoryTable } from './steps.tsx';

type OrderDetail = Order & { history: Order[] };

/** One order: was it right, is it proven, and how to take it back. */
export function OrderView({ order_id, onClose }: { order_id: string; onClose?: () => void }): ReactNode {
  const query = useApi<OrderDetail>(`/api/revocations/${encodeURIComponent(order_id)}`);
  return (
    <Load query={query} height={300}>
      {(order) => (
        <>
          <header className="detail-head">
            <div className="detail-line">
              <h2 tabIndex={-1} data-panel-title>
                Order to {words(order.action)} {words(order.target_kind)}
              </h2>
              <span className="spring" />
              {onClose === undefined ? null : (
                <>
                  <Link className="quiet" href={`/revocation?${new URLSearchParams({ id: order_id })}`}>
                    Full page
                  </Link>
                  <button type="button" className="quiet" aria-label="Close (Esc)" onClick={onClose}>
                    ✕
                  </button>
                </>
              )}
            </div>
            <div className="detail-line">
              <AgentLink id={order.agent_id} />
              <CredentialLink id={order.credential} />
            </div>
          </header>
          <OrderCard history={order.history} isWhole />
          <Cause order={order} />
          {order.credential === '' ? null : <Story order={order} />}
          <Panel title="Transitions">
            <HistoryTable history={order.history} />
          </Panel>
          <Panel title="The order">
            <OrderFacts order={order} />
          </Panel>
        </>
      )}
    </Load>
  );
}

function Cause({ order }: { order: OrderDetail }): ReactNode {
  const alert = useApi<AlertDetail>(
    `/api/alerts/${encodeURIComponent(order.alert_id)}`,
    {},
    { enabled: order.alert_id !== '' },
  );
  if (order.alert_id === '') return null;
  return (
    <Panel title="Because of">
      <Load query={alert}>
        {({ severity, summary, reason, detector, time, alert_id }) => (
          <div className="detail-line">
            <SeverityMark value={severity} />
            <Link href={`/alert?${new URLSearchParams({ id: alert_id })}`}>
              <Safe text={summary || reason} />
            </Link>
            <span className="muted">
              <Safe text={detector} />, <Time at={time} />
            </span>
          </div>
        )}
      </Load>
    </Panel>
  );
}

const AROUND_MS = 10 * 60_000;
const NONE: ReadonlySet<string> = new Set();

/** Uses before and after: whether it works, and whom it hit. */
function Story({ order: { credential, history } }: { order: OrderDetail }): ReactNode {
  const first = Date.parse(history[0]!.time);
  const range = { from: new Date(first - AROUND_MS).toISOString() };
  const calls = useApi<Calls>('/api/calls', { ...range, credential }, { every_ms: 5000 });
  return (
    <Load query={calls} height={160}>
      {({ items, total }) => {
        const isDone = history.some(({ state }) => state !== 'observed');
        const story = storyOf({ calls: items, orders: isDone ? history : [], evidence: NONE });
        return story.lanes.length === 0 ? null : <StoryPicture story={story} drawn={items.length} total={total} />;
      }}
    </Load>
  );
}

function OrderFacts({ order }: { order: OrderDetail }): ReactNode {
  return (
    <Facts
      items={[
        ['Order id', <Id key="o" value={order.order_id} chars={64} />],
        ['Target', <Safe key="t" text={order.target} />],
        ['Rule', <Safe key="r" text={order.rule} />],
        ['Policy', <Id key="p" value={order.policy_version} />],
        ['Mode', words(order.mode)],
        ['Receiver', <Safe key="e" text={order.receiver || 'none'} />],
        ['Can be undone', order.can_undo === 1 ? 'yes, by the receiver' : 'no: not by the receiver'],
        ['Tenant', <Safe key="n" text={order.tenant} />],
      ]}
    />
  );
}
