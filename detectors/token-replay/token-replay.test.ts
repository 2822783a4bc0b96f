import { describe, expect, it } from 'vitest';
import { runDetector } from '../../src/detect/testing.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { clientOf, networkOf } from './context.ts';
import { tokenReplay } from './index.ts';

type Some = Partial<AgentEvent>;
const CREDENTIAL = 'tl-hmac:1';
const use = { kind: 'token_use', outcome: 'ok', producer: 'gateway', credential: CREDENTIAL };
const owner = { ...use, source_ip: '198.51.100.7', user_agent: 'acme-sdk/1.2 node/20' };
const thief = { ...use, source_ip: '203.0.113.9', user_agent: 'curl/8.9' };
const lifecycle = (what: string, more: Some = {}) => ({
  kind: 'lifecycle',
  lifecycle: what,
  credential: CREDENTIAL,
  ...more,
});
const gap = (ms: number, event: Some): Some & { after?: number } => ({ ...event, after: ms });

/** Events a second apart, or `after` ms after the one before. */
function play(events: readonly (Some & { after?: number })[], config = {}) {
  let time = 1_000_000;
  const timed = events.map(({ after, ...event }, i) => {
    time += after ?? 1000;
    return { event_id: `e${i}`, time, ...event };
  });
  return runDetector(tokenReplay, config, timed as Some[]).map(
    ({ reason, event_ids, severity }) => `${reason} ${severity} ${event_ids.join(' ')}`,
  );
}

describe('token-replay', () => {
  it('fires when another program on another network uses the credential, and not for one of the two', () => {
    expect(play([owner, { ...owner, source_ip: '203.0.113.9' }])).toEqual([]);
    expect(play([owner, { ...owner, user_agent: 'curl/8.9' }])).toEqual([]);
    expect(play([owner, thief])).toEqual(['two_contexts high e0 e1']);
  });

  it('forgets the first context after the window', () => {
    expect(play([owner, gap(3_600_000, thief)])).toHaveLength(1);
    expect(play([owner, gap(3_600_001, thief)])).toEqual([]);
  });

  it('takes another version of the client and another address of the network for the same', () => {
    expect(play([owner, { ...use, source_ip: '198.51.100.200', user_agent: 'acme-sdk/2.0 node/24' }])).toEqual([]);
  });

  it('fires on another key thumbprint alone', () => {
    expect(
      play([
        { ...owner, credential_jkt: 'k1' },
        { ...owner, credential_jkt: 'k2' },
      ]),
    ).toHaveLength(1);
  });

  it('lets a redeployed agent be that moves once, and not one that is in two places to and fro', () => {
    const before = { ...owner, agent_instance: 'pod-1' };
    const after = { ...owner, agent_instance: 'pod-2', source_ip: '203.0.113.9' };
    expect(play([before, before, after, after, after])).toEqual([]);
    expect(play([before, after, before])).toEqual([]);
    expect(play([before, after, before, after])).toEqual(['two_contexts high e2 e3']);
  });

  it('does not compare what two producers saw, a proxy may stand between them', () => {
    expect(play([owner, { ...thief, producer: 'audit-log' }])).toEqual([]);
  });

  it('does not count refusals, hops inside a service, or long-lived credentials that are shared', () => {
    expect(play([owner, { ...thief, outcome: 'denied' }])).toEqual([]);
    expect(play([owner, { ...thief, marks: ['service_hop'] }])).toEqual([]);
    const shared = { credential: 'aws-akid:AKIA1' };
    expect(
      play([
        { ...owner, ...shared },
        { ...thief, ...shared },
      ]),
    ).toEqual([]);
  });

  it('fires when a credential outlives the task that it was issued for', () => {
    const task = (more: readonly (Some & { after?: number })[]) => [
      lifecycle('credential_issued', { task: 't1' }),
      owner,
      lifecycle('task_ended', { task: 't1' }),
      ...more,
    ];
    expect(play(task([gap(30_000, owner)]))).toEqual([]);
    expect(play(task([gap(30_001, owner)]))).toEqual(['used_after_task high e2 e3']);
    expect(
      play([
        lifecycle('credential_issued', { task: 'other' }),
        owner,
        lifecycle('task_ended', { task: 't1' }),
        gap(90_000, owner),
      ]),
    ).toEqual([]);
  });

  it('lets a rotated credential be for a while, and only where it was used before', () => {
    const rotated = lifecycle('credential_rotated', { attributes: { successor: 'tl-hmac:2' } });
    expect(play([owner, rotated, gap(60_000, owner)])).toEqual([]);
    expect(play([owner, rotated, gap(60_001, owner)])).toEqual(['used_after_rotation high e1 e2']);
    expect(play([owner, rotated, { ...owner, source_ip: '203.0.113.9' }])).toEqual(['used_after_rotation high e1 e2']);
  });

  it('takes a refused use after a revocation for proof, and a successful one for the worst', () => {
    const revoked = lifecycle('credential_revoked');
    expect(play([owner, revoked, gap(9000, { ...owner, outcome: 'denied' })])).toEqual([]);
    expect(play([owner, revoked, gap(5000, owner)])).toEqual([]);
    expect(play([owner, revoked, gap(5001, owner)])).toEqual(['used_after_revocation critical e1 e2']);
  });

  it('tells one story once', () => {
    expect(play([owner, thief, owner, thief, owner, thief])).toHaveLength(1);
  });
});

describe('a context', () => {
  it('names networks by system, /24 and /48', () => {
    const network = (source_ip: string, source_asn = 0) => networkOf({ source_ip, source_asn });
    expect(network('198.51.100.7')).toBe('198.51.100.0/24');
    expect(network('::ffff:198.51.100.7')).toBe('198.51.100.0/24');
    expect(network('2001:db8:1:2::3')).toBe('2001:db8:1::/48');
    expect(network('2001:0db8:0001::9')).toBe('2001:db8:1::/48');
    expect(network('198.51.100.7', 64500)).toBe('AS64500');
    expect(network('s3.example.com')).toBe('');
  });

  it('names clients by their first product', () => {
    expect(clientOf('aws-cli/2.15.0 Python/3.11')).toBe('aws-cli');
    expect(clientOf('[S3Console/0.4, aws-internal/3]')).toBe('s3console');
    expect(clientOf('')).toBe('');
  });
});
