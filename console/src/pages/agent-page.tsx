import { type ReactNode, useState } from 'react';
import { Link, useSearch } from 'wouter';
import type { Calls } from '../api/types.ts';
import { useApi } from '../api/use-api.ts';
import { AlertTable } from '../entities/alert-table.tsx';
import { useAlertsOf } from '../entities/use-evidence.ts';
import { SwimlanePicture } from '../pictures/swimlane-picture.tsx';
import { middle } from '../text/escape.ts';
import { Load, Nothing, Panel } from '../ui/panel.tsx';
import { type Column, Facts, Table } from '../ui/table.tsx';
import { AgentLink, CredentialLink, Safe, Time } from '../ui/text.tsx';

interface Counted {
  calls: number;
  denied: number;
  errors: number;
  first: string;
  last: string;
}

interface Agent extends Counted {
  agent_id: string;
  name: string;
  parent: string;
  runs_as: string;
  of_tenant: string;
  events: number;
  tools: (Counted & { tool_name: string; tool_server: string; tool_class: string })[];
  targets: (Counted & { target: string })[];
  credentials: (Counted & { credential: string })[];
  sessions: (Counted & { session: string })[];
}

/** What one agent did, in order, and with what. */
export function AgentPage(): ReactNode {
  const agent_id = new URLSearchParams(useSearch()).get('agent_id') ?? '';
  const query = useApi<Agent>('/api/agent', { agent_id }, { enabled: agent_id !== '' });
  if (agent_id === '') return <Nothing title="Which agent?">The address names none.</Nothing>;
  return (
    <div className="page">
      <Load query={query} height={400}>
        {(agent) => <Whole key={agent_id} agent={agent} />}
      </Load>
    </div>
  );
}

function Whole({ agent }: { agent: Agent }): ReactNode {
  const { agent_id } = agent;
  const { alerts, evidence } = useAlertsOf({ agent_id });
  return (
    <>
      <div className="page-head">
        <h1>
          Agent <Safe text={agent_id} />
        </h1>
        <span className="spring" />
        <Link className="quiet" href={`/map?${new URLSearchParams({ agent_id })}`}>
          On the map
        </Link>
        <Link className="quiet" href={`/?${new URLSearchParams({ agent_id, from: 'now-30d' })}`}>
          In the queue
        </Link>
      </div>
      <Panel title="Known of it">
        <Facts
          items={[
            ['Name', <Safe key="n" text={agent.name || 'not reported'} />],
            ['Delegated by', agent.parent === '' ? 'nobody named' : <AgentLink key="p" id={agent.parent} />],
            ['Workload', <Safe key="w" text={agent.runs_as || 'not reported'} />],
            ['Tenant', <Safe key="t" text={agent.of_tenant} />],
            ['Seen', <Seen key="s" of={agent} />],
            [
              'Events',
              `${agent.events}, of which ${agent.calls} calls, ${agent.denied} denied, ${agent.errors} errors`,
            ],
          ]}
        />
      </Panel>
      <Lanes agent={agent} evidence={evidence} />
      <Panel title="Alerts">
        <Load query={alerts}>{({ items }) => <AlertTable alerts={items} />}</Load>
      </Panel>
      <div className="columns">
        <Panel title={`Credentials: ${agent.credentials.length}`}>
          <List
            caption="Credentials"
            rows={agent.credentials}
            of={{ name: 'Credential', cell: ({ credential }) => <CredentialLink id={credential} /> }}
            id={({ credential }) => credential}
          />
        </Panel>
        <Panel title={`Targets: ${agent.targets.length}`}>
          <List
            caption="Targets"
            rows={agent.targets}
            of={{ name: 'Target', cell: ({ target }) => <Safe text={target} /> }}
            id={({ target }) => target}
          />
        </Panel>
        <Panel title={`Tools: ${agent.tools.length}`}>
          <List
            caption="Tools"
            rows={agent.tools}
            of={{ name: 'Tool', cell: ({ tool_name, tool_class }) => <Safe text={`${tool_name} (${tool_class})`} /> }}
            id={({ tool_name, tool_server, tool_class }) => JSON.stringify([tool_name, tool_server, tool_class])}
          />
        </Panel>
        <Panel title={`Sessions: ${agent.sessions.length}`}>
          <List
            caption="Sessions"
            rows={agent.sessions}
            of={{ name: 'Session', cell: ({ session }) => <Safe text={session} /> }}
            id={({ session }) => session}
          />
        </Panel>
      </div>
    </>
  );
}

function Seen({ of: { first, last } }: { of: Counted }): ReactNode {
  return (
    <>
      <Time at={first} whole /> to <Time at={last} whole />
    </>
  );
}

function Lanes({ agent, evidence }: { agent: Agent; evidence: ReadonlySet<string> }): ReactNode {
  const [session, setSession] = useState('');
  const { agent_id, sessions } = agent;
  const calls = useApi<Calls>('/api/calls', { agent_id, session: session || undefined }, { keep: true });
  return (
    <>
      {sessions.length < 2 ? null : (
        <label className="inline">
          Session{' '}
          <select value={session} onChange={({ target }) => setSession(target.value)}>
            <option value="">all</option>
            {sessions.map((one) => (
              <option key={one.session} value={one.session}>
                {middle(one.session, 60)}
              </option>
            ))}
          </select>
        </label>
      )}
      <Load query={calls} height={200}>
        {({ items, total }) => <SwimlanePicture calls={items} total={total} evidence={evidence} />}
      </Load>
    </>
  );
}

interface ListProps<T> {
  caption: string;
  rows: readonly T[];
  of: Column<T>;
  id: (row: T) => string;
}

function List<T extends Counted>({ caption, rows, of, id }: ListProps<T>): ReactNode {
  if (rows.length === 0) return <p className="muted">None was reported.</p>;
  return (
    <Table
      caption={caption}
      rows={rows}
      rowKey={id}
      max={50}
      columns={[
        of,
        { name: 'Calls', number: true, cell: ({ calls }) => calls },
        { name: 'Denied', number: true, cell: ({ denied }) => denied },
        { name: 'First', cell: ({ first }) => <Time at={first} /> },
        { name: 'Last', cell: ({ last }) => <Time at={last} /> },
      ]}
    />
  );
}
