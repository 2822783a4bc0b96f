import type { ReactNode } from 'react';
import { useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import type { Items, Way } from '../api/types.ts';
import { useApi } from '../api/use-api.ts';
import { HopsPicture } from '../pictures/hops-picture.tsx';
import { resolveTime } from '../time/format.ts';
import { Load, Nothing } from '../ui/panel.tsx';
import { Table } from '../ui/table.tsx';
import { AgentLink, Safe, Time } from '../ui/text.tsx';

const RANGES = [
  ['now-1h', 'Last hour'],
  ['now-24h', 'Last 24 hours'],
  ['now-7d', 'Last 7 days'],
] as const;

/** How far did it get? Agents that alerts are about, unless everything is asked for. */
export function MapPage(): ReactNode {
  const params = new URLSearchParams(useSearch());
  const [path, go] = useLocation();
  const [now] = useState(Date.now);
  const scope = params.get('scope') === 'all' ? 'all' : 'alerted';
  const from = RANGES.find(([value]) => value === params.get('from'))?.[0] ?? 'now-24h';
  const agent_id = params.get('agent_id') ?? '';
  const set = (name: string, value: string, usual: string) => {
    if (value === usual) params.delete(name);
    else params.set(name, value);
    go(params.size === 0 ? path : `${path}?${params}`);
  };
  const query = useApi<Items<Way>>(
    '/api/map',
    { from: new Date(resolveTime(from, now)!).toISOString(), scope, agent_id: agent_id || undefined },
    { keep: true },
  );
  return (
    <div className="page is-wide">
      <div className="page-head">
        <h1>Map</h1>
        <label className="inline">
          <span className="sr">Agents</span>
          <select
            value={scope}
            disabled={agent_id !== ''}
            onChange={({ target }) => set('scope', target.value, 'alerted')}
          >
            <option value="alerted">Agents with alerts</option>
            <option value="all">All agents</option>
          </select>
        </label>
        <label className="inline">
          <span className="sr">Time</span>
          <select value={from} onChange={({ target }) => set('from', target.value, 'now-24h')}>
            {RANGES.map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {agent_id === '' ? null : (
          <button type="button" className="chip" onClick={() => set('agent_id', '', '')}>
            agent: <Safe text={agent_id} /> ×
          </button>
        )}
      </div>
      <Load query={query} height={400}>
        {({ items, truncated }) =>
          items.length === 0 ? (
            <Nothing
              title={
                scope === 'alerted'
                  ? 'No agent with an alert called a tool in this time'
                  : 'No tool was called in this time'
              }
            />
          ) : (
            <>
              <HopsPicture ways={items} truncated={truncated === true} />
              <NewestWays ways={items} />
            </>
          )
        }
      </Load>
    </div>
  );
}

const NEWEST_MAX = 15;

/** What was reached last for the first time: lateral movement is new edges. */
function NewestWays({ ways }: { ways: readonly Way[] }): ReactNode {
  const newest = [...ways].filter(({ target }) => target !== '').sort((a, b) => (a.first < b.first ? 1 : -1));
  return (
    <section className="panel">
      <header className="panel-head">
        <h2>Reached for the first time, newest first</h2>
      </header>
      <Table
        caption="Ways by when they were first taken"
        rows={newest}
        max={NEWEST_MAX}
        rowKey={({ agent_id, agent_parent, tool_name, tool_server, target }) =>
          JSON.stringify([agent_id, agent_parent, tool_name, tool_server, target])
        }
        rowClass={({ evidence }) => (evidence > 0 ? 'is-bad' : '')}
        columns={[
          { name: 'First', cell: ({ first }) => <Time at={first} ms /> },
          { name: 'Agent', cell: ({ agent_id }) => <AgentLink id={agent_id} /> },
          { name: 'Tool', cell: ({ tool_name }) => <Safe text={tool_name} /> },
          { name: 'Target', cell: ({ target }) => <Safe text={target} /> },
          { name: 'Calls', number: true, cell: ({ calls }) => calls },
          { name: 'Denied', number: true, cell: ({ denied }) => denied },
          { name: 'Evidence', cell: ({ evidence }) => (evidence > 0 ? 'yes' : '') },
        ]}
      />
    </section>
  );
}
