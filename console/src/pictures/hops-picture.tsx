import { type ReactNode, useState } from 'react';
import type { Way } from '../api/types.ts';
import { brief, middle } from '../text/escape.ts';
import { Picture } from '../ui/picture.tsx';
import { Table } from '../ui/table.tsx';
import { AgentLink, Safe, Time } from '../ui/text.tsx';
import { grouped } from './grouped.ts';
import { type Edge, type Hops, hopsOf, type Node } from './hops.ts';

const ROW_PX = 34;
const BOX_PX = 24;

/** How far it got: agents, their tools, and what these reached. Red is evidence of an alert. */
export function HopsPicture({ ways, truncated }: { ways: readonly Way[]; truncated: boolean }): ReactNode {
  const [chosen, setChosen] = useState('');
  const hops = hopsOf(ways);
  const says = sayHops(hops, truncated);
  return (
    <Picture
      title="Agents, tools and targets"
      says={says}
      height_min={hops.rows * ROW_PX + 20}
      draw={(width) => <Drawing hops={hops} width={width} says={says} chosen={chosen} choose={setChosen} />}
      aside={
        chosen === '' ? null : (
          <button type="button" className="quiet" onClick={() => setChosen('')}>
            Show all paths
          </button>
        )
      }
      legend={
        <>
          <span className="tone-bad">━ evidence of an alert</span>
          <span>─ other calls, wider is more</span>
          <span>✗ denied</span>
          <span>Choose a node to see only its paths</span>
        </>
      }
      table={<WaysTable ways={ways} />}
    />
  );
}

function sayHops({ nodes, edges, folded }: Hops, truncated: boolean): string {
  const count = (kind: Node['kind']) =>
    nodes.filter((node) => node.kind === kind).reduce((n, node) => n + node.stands_for, 0);
  const red = edges.filter(({ evidence }) => evidence > 0).length;
  const said = [
    `${count('agent')} agents, ${count('tool')} tools, ${count('target')} targets; ${red} of ${edges.length} edges are evidence.`,
  ];
  if (folded > 0) said.push(`${folded} of the least busy stand together.`);
  if (truncated) said.push('The busiest ways are drawn.');
  return said.join(' ');
}

interface DrawingProps {
  hops: Hops;
  width: number;
  says: string;
  chosen: string;
  choose: (id: string) => void;
}

function Drawing({ hops, width, says, chosen, choose }: DrawingProps): ReactNode {
  const { nodes, edges, layers, rows } = hops;
  const column = width / Math.max(1, layers);
  const box = Math.min(240, column - 70);
  const counts = new Map([...grouped(nodes, ({ layer }) => layer)].map(([layer, own]) => [layer, own.length]));
  const place = (node: Node) => ({
    x: node.layer * column + (column - box) / 2,
    // Short layers stand in the middle of the long ones.
    y: (node.y + (rows - counts.get(node.layer)!) / 2) * ROW_PX + 4,
  });
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const lit = chosen === '' || !byId.has(chosen) ? undefined : pathsThrough(chosen, edges);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a drawing with buttons in it is no image, and has no fieldset
    <svg width={width} height={rows * ROW_PX + 10} role="group" aria-label={says}>
      {[...edges]
        .sort((a, b) => a.evidence - b.evidence)
        .map((edge) => {
          const a = place(byId.get(edge.from)!);
          const b = place(byId.get(edge.to)!);
          return (
            <EdgeLine
              key={edge.id}
              edge={edge}
              from={{ x: a.x + box, y: a.y + BOX_PX / 2 }}
              to={{ x: b.x, y: b.y + BOX_PX / 2 }}
              isDim={lit !== undefined && !lit.has(edge.id)}
            />
          );
        })}
      {nodes.map((node) => (
        <NodeBox
          key={node.id}
          node={node}
          {...place(node)}
          width={box}
          isDim={lit !== undefined && !lit.has(node.id)}
          choose={() => choose(chosen === node.id ? '' : node.id)}
        />
      ))}
    </svg>
  );
}

function EdgeLine({
  edge,
  from,
  to,
  isDim,
}: {
  edge: Edge;
  from: { x: number; y: number };
  to: { x: number; y: number };
  isDim: boolean;
}) {
  const bend = (to.x - from.x) / 2;
  return (
    <path
      className={`edge${edge.evidence > 0 ? ' is-evidence' : ''}${isDim ? ' is-dim' : ''}`}
      d={`M${from.x} ${from.y}C${from.x + bend} ${from.y} ${to.x - bend} ${to.y} ${to.x} ${to.y}`}
      strokeWidth={1 + Math.min(5, Math.log2(1 + edge.calls) / 1.6)}
    >
      <title>{`${edge.calls} calls, ${edge.denied} denied, ${edge.evidence} evidence`}</title>
    </path>
  );
}

interface NodeProps {
  node: Node;
  x: number;
  y: number;
  width: number;
  isDim: boolean;
  choose: () => void;
}

function NodeBox({ node, x, y, width, isDim, choose }: NodeProps): ReactNode {
  const count = `${node.denied > 0 ? `✗${node.denied} ` : ''}${node.calls}`;
  const chars = Math.floor((width - 16 - count.length * 7) / 7.2);
  const shown = middle(node.name, Math.max(6, chars));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a drawing has no button elements
    <g
      className={`node node-${node.kind}${node.evidence > 0 ? ' is-evidence' : ''}${isDim ? ' is-dim' : ''}`}
      role="button"
      tabIndex={0}
      onClick={choose}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        choose();
      }}
    >
      <title>{`${node.kind} ${brief(node.name, 600)}: ${node.calls} calls, ${node.denied} denied`}</title>
      <rect x={x} y={y} width={width} height={BOX_PX} rx={node.kind === 'agent' ? 12 : 4} />
      <text x={x + 9} y={y + 16}>
        {shown}
      </text>
      <text className="count" x={x + width - 8} y={y + 16} textAnchor="end">
        {count}
      </text>
    </g>
  );
}

/** Everything that leads to a node or comes from it. */
function pathsThrough(id: string, edges: readonly Edge[]): Set<string> {
  const lit = new Set([id]);
  const walk = (at: string, side: 'from' | 'to', other: 'from' | 'to') => {
    for (const edge of edges) {
      if (edge[side] !== at) continue;
      lit.add(edge.id);
      if (lit.has(edge[other])) continue;
      lit.add(edge[other]);
      walk(edge[other], side, other);
    }
  };
  walk(id, 'from', 'to');
  walk(id, 'to', 'from');
  return lit;
}

function WaysTable({ ways }: { ways: readonly Way[] }): ReactNode {
  return (
    <Table
      caption="Agents, tools and targets"
      rows={ways}
      rowKey={({ agent_id, agent_parent, tool_server, tool_name, target }) =>
        JSON.stringify([agent_id, agent_parent, tool_server, tool_name, target])
      }
      rowClass={({ evidence }) => (evidence > 0 ? 'is-bad' : '')}
      columns={[
        { name: 'Agent', cell: ({ agent_id }) => <AgentLink id={agent_id} /> },
        {
          name: 'Delegated by',
          cell: ({ agent_parent }) => (agent_parent === '' ? '' : <AgentLink id={agent_parent} />),
        },
        {
          name: 'Tool',
          cell: ({ tool_name, tool_server }) => (
            <Safe text={tool_server ? `${tool_name} @ ${tool_server}` : tool_name} />
          ),
        },
        { name: 'Target', cell: ({ target }) => <Safe text={target} /> },
        { name: 'Calls', number: true, cell: ({ calls }) => calls },
        { name: 'Denied', number: true, cell: ({ denied }) => denied },
        { name: 'Evidence', number: true, cell: ({ evidence }) => evidence },
        { name: 'First', cell: ({ first }) => <Time at={first} /> },
      ]}
    />
  );
}
