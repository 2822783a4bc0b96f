import { describe, expect, it } from 'vitest';
import { runDetector } from '../../src/detect/testing.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { sharedCredential } from './index.ts';

type Some = Partial<AgentEvent>;
const HOUR = 3_600_000;
const use = (agent_id: string, target: string, more: Some = {}): Some => ({
  kind: 'token_use',
  agent_id,
  credential: 'x:1',
  outcome: 'ok',
  target,
  ...more,
});
const past: Some[] = Array.from({ length: 20 }, (_, i) => use('owner', `crm/${i}`));
const services = (agent: string, count: number, more: Some = {}) =>
  Array.from({ length: count }, (_, i) => use(agent, `service-${i}/x`, more));

/** The past lies two hours back, the rest is one use a second. */
function play(events: readonly Some[], before: readonly Some[] = past) {
  const all = [
    ...before.map((event, i) => ({ ...event, time: 1_000_000 + i })),
    ...events.map((event, i) => ({ ...event, time: 1_000_000 + 2 * HOUR + i * 1000 })),
  ];
  const timed = all.map((event, i) => ({ event_id: `e${i}`, ...event }));
  return runDetector(sharedCredential, {}, timed as Some[]).map(({ subject, event_ids, observed }) => ({
    subject,
    ids: event_ids.join(' '),
    observed,
  }));
}

describe('shared-credential', () => {
  it('fires at the sixth service that another agent takes the credential to', () => {
    expect(play(services('thief', 5))).toEqual([]);
    expect(play(services('thief', 6))).toEqual([{ subject: 'x:1', ids: 'e20 e21 e22 e23 e24 e25', observed: 6 }]);
  });

  it('fires at the fourth when one of them refused', () => {
    const refused = use('thief', 'vault/a', { outcome: 'denied' });
    expect(play([refused, ...services('thief', 3)]).map(({ observed }) => observed)).toEqual([4]);
  });

  it('leaves the owner, whoever shared it from the start, and a credential without a past alone', () => {
    expect(play(services('owner', 12))).toEqual([]);
    const both = past.map((event, i) => ({ ...event, agent_id: i % 2 === 0 ? 'owner' : 'colleague' }));
    expect(play(services('colleague', 12), both)).toEqual([]);
    expect(play(services('thief', 12), past.slice(1))).toEqual([]);
  });

  it('leaves a newcomer alone that does what the owner did, or that nobody names', () => {
    expect(play(Array.from({ length: 40 }, (_, i) => use('heir', `crm/${i}`)))).toEqual([]);
    expect(play(services('', 12))).toEqual([]);
  });

  it('does not count the refusals that follow a revocation, nor uses in another tenant', () => {
    const revoked: Some = { kind: 'lifecycle', lifecycle: 'credential_revoked', agent_id: 'owner', credential: 'x:1' };
    expect(play([revoked, ...services('thief', 12, { outcome: 'denied' })])).toEqual([]);
    expect(play(services('thief', 12, { tenant: 'other' }))).toEqual([]);
  });
});
