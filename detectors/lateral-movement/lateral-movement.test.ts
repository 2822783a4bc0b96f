import { describe, expect, it } from 'vitest';
import { runDetector } from '../../src/detect/testing.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { lateralMovement } from './index.ts';
import { isInScope, placeOf } from './place.ts';

type Some = Partial<AgentEvent>;
const HOUR = 3_600_000;
const call = (target: string, more: Some = {}): Some => ({
  kind: 'tool_call',
  agent_id: 'a',
  credential: 'x:1',
  outcome: 'ok',
  tool_name: 't',
  target,
  ...more,
});
const past: Some[] = Array.from({ length: 20 }, (_, i) => call(`crm/${i}`));
const services = (count: number, more: Some = {}) =>
  Array.from({ length: count }, (_, i) => call(`service-${i}/x`, more));

/** The past lies two hours back, the rest is one call a second. */
function play(events: readonly Some[], before: readonly Some[] = past) {
  const all = [
    ...before.map((event, i) => ({ ...event, time: 1_000_000 + i })),
    ...events.map((event, i) => ({ ...event, time: 1_000_000 + 2 * HOUR + i * 1000 })),
  ];
  const timed = all.map((event, i) => ({ event_id: `e${i}`, ...event }));
  return runDetector(lateralMovement, {}, timed as Some[]).map(({ subject_kind, event_ids, observed }) => ({
    subject_kind,
    ids: event_ids.join(' '),
    observed,
  }));
}

describe('lateral-movement', () => {
  it('fires at the sixth new service, not at the fifth', () => {
    expect(play(services(5))).toEqual([]);
    expect(play(services(6))).toEqual([{ subject_kind: 'credential', ids: 'e20 e21 e22 e23 e24 e25', observed: 6 }]);
  });

  it('fires at the fourth when one of them refused', () => {
    expect(play([call('vault/a', { outcome: 'denied' }), ...services(2)])).toEqual([]);
    expect(play([call('vault/a', { outcome: 'denied' }), ...services(3)]).map(({ observed }) => observed)).toEqual([4]);
  });

  it('stays quiet while an agent has no past of its own', () => {
    expect(play(services(30), [])).toEqual([]);
    expect(play(services(30), past.slice(1))).toHaveLength(1);
    expect(
      runDetector(
        lateralMovement,
        {},
        [...past, ...services(30)].map((event, i) => ({ event_id: `e${i}`, time: 1_000_000 + i, ...event })) as Some[],
      ),
    ).toEqual([]);
  });

  it('does not count what the scope of the task names, nor many targets of one service', () => {
    const started = { kind: 'lifecycle', lifecycle: 'task_started', agent_id: 'a', scope_targets: ['service-*'] };
    expect(play([started, ...services(12)])).toEqual([]);
    expect(play(Array.from({ length: 40 }, (_, i) => call(`crm/new-${i}`)))).toEqual([]);
  });

  it('fires at the third service outside of a declared scope, without a past, while the task lasts', () => {
    const at = (lifecycle: 'task_started' | 'task_ended' | 'delegation', more: Some): Some => ({
      kind: 'lifecycle',
      lifecycle,
      agent_id: 'a',
      session: 's',
      ...more,
    });
    const started = at('task_started', { task: 't1', scope_targets: ['crm/*'] });
    const inTask = (count: number) => services(count, { task: 't1' });
    expect(play([started, call('crm/1', { task: 't1' }), ...inTask(2)], [])).toEqual([]);
    expect(play([started, ...inTask(3)], [])).toEqual([{ subject_kind: 'credential', ids: 'e1 e2 e3', observed: 3 }]);
    expect(play([started, ...inTask(2), ...inTask(2)], [])).toEqual([]);
    expect(play([started, at('task_ended', { task: 't1' }), ...inTask(3)], [])).toEqual([]);
    expect(play([started, ...services(5, { task: 'another' })], [])).toEqual([]);
    const child = at('delegation', { agent_parent: 'p', scope_tools: ['read'] });
    expect(play([child, ...services(3, { session: 's' })], []).map(({ observed }) => observed)).toEqual([3]);
    expect(play([child, ...services(9, { session: 's', tool_name: 'read' })], [])).toEqual([]);
  });

  it('hears two witnesses of the same calls as one story, told once, in whatever order they arrive', () => {
    const two = (events: readonly Some[], clump: number) =>
      Array.from({ length: Math.ceil(events.length / clump) }, (_, i) =>
        events.slice(i * clump, (i + 1) * clump),
      ).flatMap((some) => [
        ...some,
        ...some.map((event) => ({ ...event, kind: 'token_use' as const, producer: 'gateway' })),
      ]);
    for (const clump of [1, 3, 7]) {
      expect(play(two(services(5), clump), two(past, clump))).toEqual([]);
      expect(play(two(services(7), clump), two(past, clump)).map(({ observed }) => observed)).toEqual([6]);
    }
  });

  it('lets something new be among everyday work', () => {
    expect(play(services(12).flatMap((event) => [event, call('crm/1'), call('crm/2'), call('crm/3')]))).toEqual([]);
  });

  it('does not count the refusals that follow a revocation', () => {
    const revoked = { kind: 'lifecycle', lifecycle: 'credential_revoked', agent_id: 'a', credential: 'x:1' };
    expect(play([revoked, ...services(20, { outcome: 'denied' })])).toEqual([]);
  });

  it('names the agent when several credentials were used', () => {
    const mixed = services(6).map((event, i) => ({ ...event, credential: `x:${i % 2}` }));
    expect(play(mixed).map(({ subject_kind }) => subject_kind)).toEqual(['agent']);
  });
});

describe('a place', () => {
  it('is the host, the first part of the target, or the server', () => {
    expect(placeOf({ tool_server: '', target: 'https://user@API.example:8443/v1?x' })).toBe('api.example');
    expect(placeOf({ tool_server: 'mcp', target: 'crm/customers/7' })).toBe('crm');
    expect(placeOf({ tool_server: '', target: 'ec2:DescribeInstances' })).toBe('ec2');
    expect(placeOf({ tool_server: 'Mail', target: '' })).toBe('mail');
  });

  it('is in scope by tool, or by pattern with any text for *', () => {
    const scope = { tools: ['read'], targets: ['crm/*/notes', 'wiki/a'] };
    const at = (target: string, tool_name = 't') => isInScope({ tool_name, target }, scope);
    expect([at('x', 'read'), at('crm/7/notes'), at('wiki/a')]).toEqual([true, true, true]);
    expect([at('crm/notes'), at('crm/7/notes/x'), at('wiki/ab'), at('')]).toEqual([false, false, false, false]);
  });
});
