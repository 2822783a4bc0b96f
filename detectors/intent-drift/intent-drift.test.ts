import { describe, expect, it } from 'vitest';
import { runDetector } from '../../src/detect/testing.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { intentDrift } from './index.ts';

type Some = Partial<AgentEvent>;
const of = { agent_id: 'a', session: 's', task: 't' };
const start = (more: Some = {}): Some => ({
  ...of,
  kind: 'lifecycle',
  lifecycle: 'task_started',
  scope_tools: ['crm_read', 'mail_*'],
  scope_targets: ['crm/acme/*', 'ann@example.org'],
  ...more,
});
const call = (tool_name: string, target: string, more: Some = {}): Some => ({
  ...of,
  kind: 'tool_call',
  tool_name,
  tool_class: 'read',
  target,
  outcome: 'ok',
  ...more,
});
const play = (events: Some[], config = {}) =>
  runDetector(
    intentDrift,
    config,
    events.map((event, i) => ({ time: 1_000_000 + i * 1000, ...event })),
  ).map(({ reason, severity, event_ids }) => `${reason} ${severity} ${event_ids.join(' ')}`);

describe('intent-drift', () => {
  it('is quiet inside of the scope, and about agents without one', () => {
    expect(play([start(), call('crm_read', 'crm/acme/1'), call('mail_send', 'ann@example.org')])).toEqual([]);
    expect(play([call('shell', '/etc/passwd')])).toEqual([]);
    expect(play([start({ scope_tools: [], scope_targets: [] }), call('shell', '/etc/passwd')])).toEqual([]);
  });

  it('fires at one tool that is not named, by what the tool can do', () => {
    const stray = (tool_class: AgentEvent['tool_class'], more: Some = {}) =>
      play([start(), call('other', 'crm/acme/1', { tool_class, ...more })]);
    expect(stray('send')).toEqual(['outside_tools high e2']);
    expect(stray('write')).toEqual(['outside_tools medium e2']);
    expect(stray('read')).toEqual(['outside_tools low e2']);
    expect(stray('delete', { outcome: 'denied' })).toEqual(['outside_tools medium e2']);
    expect(stray('send', { marks: ['service_hop'] })).toEqual([]);
  });

  it('fires at one target that no pattern fits', () => {
    expect(play([start(), call('crm_read', 'crm/umbrella/1')])).toEqual(['outside_targets low e2']);
    expect(play([start({ scope_targets: [] }), call('crm_read', 'crm/umbrella/1')])).toEqual([]);
    expect(play([start(), call('crm_read', '')])).toEqual([]);
  });

  it('holds a scope against its own task only, until that ends', () => {
    const stray = call('shell', 'x', { tool_class: 'execute' });
    expect(play([start(), { ...stray, task: 'u', session: 'v' }])).toEqual([]);
    expect(play([start(), { ...stray, agent_id: 'b' }])).toEqual([]);
    expect(play([start(), { ...of, kind: 'lifecycle', lifecycle: 'task_ended' }, stray])).toEqual([]);
    const session = start({ task: '', lifecycle: 'session_started' });
    expect(play([session, stray])).toEqual(['outside_tools high e2']);
    expect(play([start({ lifecycle: 'delegation', agent_id: 'b' }), { ...stray, agent_id: 'b' }])).toHaveLength(1);
  });

  it('takes the scope of the configuration where a task declares none', () => {
    const scopes = [{ agents: ['a*'], tools: ['crm_*'] }];
    expect(play([call('crm_read', 'x'), call('shell', 'x')], { scopes })).toEqual(['outside_tools low e2']);
    expect(play([{ ...call('shell', 'x'), agent_id: 'b' }], { scopes })).toEqual([]);
    expect(play([start(), call('mail_send', 'ann@example.org')], { scopes })).toEqual([]);
  });

  it('fires once, at the cent that is too much', () => {
    const spend = (cost_usd: number): Some => ({ ...of, kind: 'model_usage', cost_usd });
    const allowed = start({ attributes: { scope_cost_usd: '1' } });
    expect(play([allowed, spend(0.5), spend(0.5)])).toEqual([]);
    expect(play([allowed, spend(0.5), spend(0.5), spend(0.01), spend(1)])).toEqual(['overspent medium e4']);
    expect(play([start(), spend(100)])).toEqual([]);
    expect(play([spend(3)], { scopes: [{ agents: ['a'], cost_usd_max: 2 }] })).toEqual(['overspent medium e1']);
  });

  it('tells one tool once within quiet_ms', () => {
    const stray = call('shell', 'x', { time: 1_001_000 });
    expect(play([start(), stray, stray, { ...stray, tool_name: 'rm' }])).toHaveLength(2);
    expect(play([start(), stray, { ...stray, time: 1_001_000 + 3_600_000 }])).toHaveLength(2);
  });
});
