import type { Way } from '../api/types.ts';
import { grouped } from './grouped.ts';

export type Kind = 'agent' | 'tool' | 'target';

export interface Node {
  id: string;
  kind: Kind;
  name: string;
  layer: number;
  y: number;
  calls: number;
  evidence: number;
  denied: number;
  /** Nodes that this one stands for; 1 for itself. */
  stands_for: number;
}

export interface Edge {
  id: string;
  from: string;
  to: string;
  calls: number;
  denied: number;
  evidence: number;
  first: string;
  agents: string[];
}

export interface Hops {
  nodes: Node[];
  edges: Edge[];
  layers: number;
  rows: number;
  folded: number;
}

/** Nodes of one layer that are drawn; the least busy of more stand together as one. */
const LAYER_MAX = 18;

/**
 * Ways as a graph in layers: who delegated, the agents, their tools, what was reached. The same ways always give the same
 * picture: longest path from the left, then two sweeps that put each node near those it is joined to.
 */
export function hopsOf(ways: readonly Way[], layer_max = LAYER_MAX): Hops {
  const { nodes, edges } = graphOf(ways);
  setLayers(nodes, edges);
  const folded = fold(nodes, edges, layer_max);
  const layers = [...grouped(folded.nodes, ({ layer }) => layer).entries()]
    .sort(([a], [b]) => a - b)
    .map(([, own]) => own);
  arrange(layers, folded.edges);
  return {
    nodes: layers.flat(),
    edges: folded.edges,
    layers: layers.length,
    rows: Math.max(0, ...layers.map((own) => own.length)),
    folded: nodes.size - folded.nodes.filter(({ stands_for }) => stands_for === 1).length,
  };
}

function graphOf(ways: readonly Way[]) {
  const nodes = new Map<string, Node>();
  const edges = new Map<string, Edge>();
  const node = (kind: Kind, name: string, way: Way) => {
    const id = `${kind} ${name}`;
    const known = nodes.get(id) ?? { id, kind, name, layer: 0, y: 0, calls: 0, evidence: 0, denied: 0, stands_for: 1 };
    nodes.set(id, {
      ...known,
      calls: known.calls + way.calls,
      evidence: known.evidence + way.evidence,
      denied: known.denied + way.denied,
    });
    return id;
  };
  const edge = (from: string, to: string, way: Way) => {
    const id = JSON.stringify([from, to]);
    const known = edges.get(id);
    edges.set(id, {
      id,
      from,
      to,
      calls: (known?.calls ?? 0) + way.calls,
      denied: (known?.denied ?? 0) + way.denied,
      evidence: (known?.evidence ?? 0) + way.evidence,
      first: known === undefined || way.first < known.first ? way.first : known.first,
      agents: [...new Set([...(known?.agents ?? []), way.agent_id])],
    });
  };
  for (const way of ways) {
    const agent = node('agent', way.agent_id, way);
    if (way.agent_parent !== '' && way.agent_parent !== way.agent_id)
      edge(node('agent', way.agent_parent, way), agent, way);
    const tool = node('tool', way.tool_server === '' ? way.tool_name : `${way.tool_name} @ ${way.tool_server}`, way);
    edge(agent, tool, way);
    if (way.target !== '') edge(tool, node('target', way.target, way), way);
  }
  return { nodes, edges: [...edges.values()] };
}

/** Longest path from the left. Delegation may go round in a circle: a node is not waited for twice. */
function setLayers(nodes: Map<string, Node>, edges: readonly Edge[]): void {
  const before = grouped(edges, ({ to }) => to);
  const done = new Map<string, number>();
  const visit = (id: string, open: Set<string>): number => {
    const known = done.get(id);
    if (known !== undefined) return known;
    if (open.has(id)) return 0;
    open.add(id);
    const layer = Math.max(-1, ...(before.get(id) ?? []).map(({ from }) => visit(from, open))) + 1;
    open.delete(id);
    done.set(id, layer);
    return layer;
  };
  for (const node of nodes.values()) node.layer = visit(node.id, new Set());
  // Tools and targets stand each in one column, however long the delegation before them was.
  const deepest = (kind: Kind) =>
    Math.max(0, ...[...nodes.values()].filter((one) => one.kind === kind).map(({ layer }) => layer));
  const tools = deepest('tool');
  for (const node of nodes.values()) {
    if (node.kind === 'tool') node.layer = tools;
    if (node.kind === 'target') node.layer = tools + 1;
  }
}

/** What is evidence stays; then the busiest. */
function fold(nodes: Map<string, Node>, edges: readonly Edge[], layer_max: number) {
  const standIn = new Map<string, string>();
  const kept: Node[] = [];
  for (const [layer, own] of grouped(nodes.values(), (node) => node.layer)) {
    const ranked = [...own].sort((a, b) => b.evidence - a.evidence || b.calls - a.calls || (a.id < b.id ? -1 : 1));
    if (ranked.length <= layer_max) {
      kept.push(...ranked);
      continue;
    }
    kept.push(...ranked.slice(0, layer_max - 1));
    const rest = ranked.slice(layer_max - 1);
    const kind = rest[0]!.kind;
    const add = (name: 'calls' | 'evidence' | 'denied') => rest.reduce((sum, node) => sum + node[name], 0);
    const id = `more ${layer}`;
    for (const node of rest) standIn.set(node.id, id);
    const totals = { calls: add('calls'), evidence: add('evidence'), denied: add('denied') };
    kept.push({ id, kind, name: `${rest.length} more ${kind}s`, layer, y: 0, ...totals, stands_for: rest.length });
  }
  const merged = new Map<string, Edge>();
  for (const edge of edges) {
    const from = standIn.get(edge.from) ?? edge.from;
    const to = standIn.get(edge.to) ?? edge.to;
    const id = JSON.stringify([from, to]);
    const known = merged.get(id);
    merged.set(id, {
      ...edge,
      id,
      from,
      to,
      calls: edge.calls + (known?.calls ?? 0),
      denied: edge.denied + (known?.denied ?? 0),
      evidence: edge.evidence + (known?.evidence ?? 0),
      first: known !== undefined && known.first < edge.first ? known.first : edge.first,
      agents: [...new Set([...(known?.agents ?? []), ...edge.agents])],
    });
  }
  return { nodes: kept, edges: [...merged.values()] };
}

/** Order within a layer: near the middle of what a node is joined to, from the left and then from the right. */
function arrange(layers: Node[][], edges: readonly Edge[]): void {
  const number = (own: Node[]) => {
    for (const [i, node] of own.entries()) node.y = i;
  };
  for (const own of layers) {
    own.sort((a, b) => b.evidence - a.evidence || b.calls - a.calls || (a.id < b.id ? -1 : 1));
    number(own);
  }
  const byId = new Map(layers.flat().map((node) => [node.id, node]));
  const left = grouped(edges, ({ to }) => to);
  const right = grouped(edges, ({ from }) => from);
  const middleOf = (node: Node, side: 'from' | 'to') => {
    const joined = (side === 'from' ? left : right).get(node.id) ?? [];
    const places = joined.map((edge) => byId.get(edge[side])!.y);
    return places.length === 0 ? node.y : places.reduce((sum, y) => sum + y, 0) / places.length;
  };
  const sweep = (own: Node[], side: 'from' | 'to') => {
    const places = new Map(own.map((node) => [node, middleOf(node, side)]));
    own.sort((a, b) => places.get(a)! - places.get(b)! || (a.id < b.id ? -1 : 1));
    number(own);
  };
  for (const own of layers.slice(1)) sweep(own, 'from');
  for (const own of layers.slice(0, -1).reverse()) sweep(own, 'to');
}
