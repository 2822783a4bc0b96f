import { describe, expect, it } from 'vitest';
import { runDetector } from '../../src/detect/testing.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { canary } from './index.ts';

type Some = Partial<AgentEvent>;
const planted = { credentials: ['tl-hmac:bait'], tools: ['admin_*'], targets: ['vault/bait/*'] };
const call = (more: Some = {}): Some => ({
  agent_id: 'a',
  credential: 'jwt:own',
  credential_handles: { jti: '1' },
  tool_name: 'read',
  target: 'vault/app/1',
  outcome: 'ok',
  ...more,
});
const play = (events: Some[], config: object = planted) =>
  runDetector(
    canary,
    config,
    events.map((event, i) => ({ time: 1_000_000 + i, ...event })),
  );

describe('canary', () => {
  it.each([
    ['tool', { tool_name: 'admin_reset' }, 'credential', 'jwt:own'],
    ['target', { target: 'vault/bait/1' }, 'credential', 'jwt:own'],
    ['credential', { credential: 'tl-hmac:bait' }, 'agent', 'a'],
  ] as const)('fires at one touch of a planted %s, about whoever touched it', (reason, more, subject_kind, subject) => {
    expect(play([call(), call(more)])).toMatchObject([
      { reason, subject_kind, subject, severity: 'critical', maturity: 'stable', event_ids: ['e2'] },
    ]);
  });

  it('does not offer the planted credential itself for revocation', () => {
    expect(play([call({ credential: 'tl-hmac:bait' })])[0]).toMatchObject({ credential: '', credential_handles: {} });
  });

  it('fires at a refused touch too, and not at what is only told of it', () => {
    expect(play([call({ tool_name: 'admin_reset', outcome: 'denied' })])).toHaveLength(1);
    expect(play([call({ tool_name: 'admin_reset', kind: 'lifecycle' })])).toEqual([]);
  });

  it('is quiet without configuration, about other names, and about agents that are exempt', () => {
    expect(play([call({ tool_name: 'admin_reset' })], {})).toEqual([]);
    expect(play([call({ tool_name: 'administer' })])).toEqual([]);
    expect(play([call({ tool_name: 'admin_reset' })], { ...planted, exempt_agents: ['a'] })).toEqual([]);
    expect(play([call({ tool_name: 'admin_reset' })], { ...planted, exempt_agents: ['b'] })).toHaveLength(1);
  });

  it('tells one agent about one thing once in quiet_ms', () => {
    const touch = call({ tool_name: 'admin_reset', time: 1 });
    expect(play([touch, touch, { ...touch, agent_id: 'b' }])).toHaveLength(2);
    expect(play([touch, { ...touch, time: 3_600_001 }])).toHaveLength(2);
  });
});
