import type { ReactNode } from 'react';
import { useSearch } from 'wouter';
import type { Calls, Items, Order, OrderRow } from '../api/types.ts';
import { useApi } from '../api/use-api.ts';
import { AlertTable } from '../entities/alert-table.tsx';
import { useAlertsOf } from '../entities/use-evidence.ts';
import { OrderCard } from '../orders/order-card.tsx';
import { storyOf } from '../pictures/story.ts';
import { StoryPicture } from '../pictures/story-picture.tsx';
import { words } from '../text/escape.ts';
import { Load, Nothing, Panel } from '../ui/panel.tsx';
import { Facts, Table } from '../ui/table.tsx';
import { AgentLink, CredentialLink, Safe, Time } from '../ui/text.tsx';

interface User {
  agent_id: string;
  agent_instance: string;
  source_ip: string;
  country: string;
  client: string;
  uses: number;
  ok: number;
  denied: number;
  first: string;
  last: string;
  last_ok: string;
}

interface Credential {
  credential: string;
  events: number;
  first: string;
  last: string;
  ok: number;
  denied: number;
  handles: Record<string, string>;
  of_tenant: string;
  before: string[];
  after: string[];
  users: User[];
  life: { event_id: string; time: string; lifecycle: string; agent_id: string; producer: string }[];
}

/** Where a credential came from, who used it and from where, and where it is now. */
export function CredentialPage(): ReactNode {
  const credential = new URLSearchParams(useSearch()).get('credential') ?? '';
  const query = useApi<Credential>('/api/credential', { credential }, { enabled: credential !== '' });
  if (credential === '') return <Nothing title="Which credential?">The address names none.</Nothing>;
  return (
    <div className="page">
      <Load query={query} height={400}>
        {(data) => <Whole key={credential} data={data} />}
      </Load>
    </div>
  );
}

function Whole({ data }: { data: Credential }): ReactNode {
  const { credential } = data;
  const { alerts, evidence } = useAlertsOf({ credential });
  const orders = useApi<Items<OrderRow>>('/api/orders', { credential });
  const acted = (orders.data?.items ?? []).filter(({ state }) => state !== 'observed').slice(0, 3);
  return (
    <>
      <div className="page-head">
        <h1>Credential</h1>
        <code className="id">
          <Safe text={credential} />
        </code>
      </div>
      <Orders orders={acted} credential={credential} evidence={evidence} alert_at={alerts.data?.items[0]?.time} />
      <Users users={data.users} />
      <Panel title="Alerts">
        <Load query={alerts}>{({ items }) => <AlertTable alerts={items} />}</Load>
      </Panel>
      <div className="columns">
        <Panel title="Known of it">
          <Facts items={factsOf(data)} />
        </Panel>
        <Panel title="Its life">
          <Life life={data.life} />
        </Panel>
      </div>
    </>
  );
}

interface OrdersProps {
  orders: OrderRow[];
  credential: string;
  evidence: ReadonlySet<string>;
  alert_at: string | undefined;
}

/** The orders with their steps, and the uses around them. */
function Orders({ orders, credential, evidence, alert_at }: OrdersProps): ReactNode {
  const calls = useApi<Calls>('/api/calls', { credential }, { every_ms: 5000 });
  const newest = orders[0]?.order_id ?? '';
  const order = useApi<Order & { history: Order[] }>(
    `/api/revocations/${encodeURIComponent(newest)}`,
    {},
    { enabled: newest !== '' },
  );
  const history = newest === '' ? [] : (order.data?.history ?? []);
  const at = alert_at === undefined ? undefined : Date.parse(alert_at);
  return (
    <>
      {history.length === 0 ? null : <OrderCard history={history} />}
      <Load query={calls} height={160}>
        {({ items, total }) => (
          <StoryPicture
            story={storyOf({ calls: items, orders: history, evidence, alert_at: at })}
            drawn={items.length}
            total={total}
          />
        )}
      </Load>
    </>
  );
}

function Users({ users }: { users: readonly User[] }): ReactNode {
  return (
    <Panel title="Used by whom, and from where">
      <Table
        caption="Users of the credential"
        rows={users}
        rowKey={({ agent_id, agent_instance, source_ip }) => JSON.stringify([agent_id, agent_instance, source_ip])}
        columns={[
          { name: 'Agent', cell: ({ agent_id }) => <AgentLink id={agent_id} /> },
          {
            name: 'From',
            cell: ({ source_ip, country }) => <Safe text={`${source_ip || 'not reported'} ${country}`} />,
          },
          { name: 'Client', cell: ({ client }) => <Safe text={client} /> },
          { name: 'Served', number: true, cell: ({ ok }) => ok },
          { name: 'Refused', number: true, cell: ({ denied }) => denied },
          { name: 'First', cell: ({ first }) => <Time at={first} ms /> },
          { name: 'Last', cell: ({ last }) => <Time at={last} ms /> },
          { name: 'Last served', cell: ({ ok, last_ok }) => (ok > 0 ? <Time at={last_ok} ms /> : 'never') },
        ]}
      />
    </Panel>
  );
}

function factsOf({ first, last, ok, denied, handles, of_tenant, before, after }: Credential) {
  const list = (ids: string[], none: string) =>
    ids.length === 0 ? none : ids.map((id) => <CredentialLink key={id} id={id} />);
  return [
    ['Seen', <Seen key="s" first={first} last={last} />],
    ['Uses', `${ok} served, ${denied} refused`],
    ['Replaced', list(before, 'none that was reported')],
    ['Replaced by', list(after, 'none that was reported')],
    ['Tenant', <Safe key="t" text={of_tenant} />],
    ...Object.entries(handles).map(([name, value]) => [name, <Safe key={name} text={value} />] as const),
  ] as const;
}

function Seen({ first, last }: { first: string; last: string }): ReactNode {
  return (
    <>
      <Time at={first} whole /> to <Time at={last} whole />
    </>
  );
}

function Life({ life }: Pick<Credential, 'life'>): ReactNode {
  if (life.length === 0) return <p className="muted">Nobody reported its issue or its end.</p>;
  return (
    <Table
      caption="Life of the credential"
      rows={life}
      rowKey={({ event_id, producer }) => `${producer} ${event_id}`}
      columns={[
        { name: 'Time', cell: ({ time }) => <Time at={time} ms /> },
        { name: 'What', cell: ({ lifecycle }) => words(lifecycle) },
        { name: 'Agent', cell: ({ agent_id }) => (agent_id === '' ? '' : <AgentLink id={agent_id} />) },
        { name: 'Told by', cell: ({ producer }) => <Safe text={producer} /> },
      ]}
    />
  );
}
