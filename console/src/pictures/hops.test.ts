import { describe, expect, it } from 'vitest';
import type { Way } from '../api/types.ts';
import { hopsOf } from './hops.ts';

const way = (agent_id: string, tool_name: string, target: string, row: Partial<Way> = {}): Way => ({
  agent_id,
  agent_parent: '',
  tool_server: '',
  tool_name,
  target,
  calls: 1,
  denied: 0,
  evidence: 0,
  first: '2026-11-27T08:00:00.000Z',
  last: '2026-11-27T08:00:00.000Z',
  ...row,
});

const WAYS = [
  way('a', 'read', 'wiki', { calls: 5 }),
  way('a', 'open', 'vault', { evidence: 2, denied: 1 }),
  way('b', 'read', 'wiki'),
  way('b', 'read', 'crm', { agent_parent: 'boss' }),
];

describe('the map by hop', () => {
  it('goes from who delegated over agents and tools to targets', () => {
    const { nodes, layers } = hopsOf(WAYS);
    expect(layers).toBe(4);
    const layerOf = (id: string) => nodes.find((node) => node.id === id)?.layer;
    expect(['agent boss', 'agent a', 'agent b', 'tool read', 'tool open', 'target wiki'].map(layerOf)).toEqual([
      0, 0, 1, 2, 2, 3,
    ]);
  });

  it('adds up what goes the same way', () => {
    const { edges } = hopsOf(WAYS);
    expect(edges.find(({ from, to }) => from === 'tool read' && to === 'target wiki')).toMatchObject({
      calls: 6,
      agents: ['a', 'b'],
    });
    expect(edges.find(({ to }) => to === 'tool open')).toMatchObject({ evidence: 2, denied: 1 });
  });

  it('is the same picture for the same ways, in whatever order they come', () => {
    const places = (ways: Way[]) =>
      hopsOf(ways)
        .nodes.map(({ id, layer, y }) => `${id} ${layer} ${y}`)
        .sort();
    expect(places([...WAYS].reverse())).toEqual(places(WAYS));
  });

  it('puts neighbours beside each other, so that edges cross no more than they must', () => {
    const straight = hopsOf([way('a', 'one', 'x'), way('b', 'two', 'y'), way('c', 'three', 'z')]);
    const y = (id: string) => straight.nodes.find((node) => node.id === id)?.y;
    expect(y('tool one')).toBe(y('agent a'));
    expect(y('target z')).toBe(y('agent c'));
  });

  it('lets the least busy of many stand together, and never hides evidence', () => {
    const many = Array.from({ length: 30 }, (_, i) => way('a', 'read', `t${i}`, { calls: i + 1 }));
    const { nodes, edges, folded } = hopsOf([...many, way('a', 'read', 'vault', { evidence: 1 })], 10);
    const targets = nodes.filter(({ layer }) => layer === 2);
    expect(targets).toHaveLength(10);
    expect(targets.map(({ name }) => name)).toContain('vault');
    expect(targets.find(({ stands_for }) => stands_for > 1)).toMatchObject({ name: '22 more targets', stands_for: 22 });
    expect(folded).toBe(22);
    expect(edges.filter(({ to }) => to === 'more 2')).toHaveLength(1);
  });

  it('bears delegation in a circle, and nothing at all', () => {
    const circle = [way('a', 't', 'x', { agent_parent: 'b' }), way('b', 't', 'x', { agent_parent: 'a' })];
    expect(hopsOf(circle).nodes).toHaveLength(4);
    expect(hopsOf([])).toMatchObject({ nodes: [], edges: [], rows: 0 });
  });
});
