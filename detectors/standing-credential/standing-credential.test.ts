import { describe, expect, it } from 'vitest';
import { runDetector } from '../../src/detect/testing.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { standingCredential } from './index.ts';

type Some = Partial<AgentEvent>;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A whole second. */
const NOW = 1_750_000_000_000;
const use = (more: Some = {}): Some => ({
  kind: 'token_use',
  agent_id: 'a',
  credential: 'tl-hmac:1',
  outcome: 'ok',
  time: NOW,
  ...more,
});
const jwt = (exp?: number): Some =>
  use({ credential_handles: { iss: 'i', sub: 's', ...(exp !== undefined && { exp: String(exp) }) } });
const play = (events: Some[], config = {}) =>
  runDetector(standingCredential, config, events).map(({ reason, event_ids }) => `${reason} ${event_ids.join(' ')}`);

describe('standing-credential', () => {
  it('fires at a token that never expires, or that is good for more than a day', () => {
    expect(play([jwt()])).toEqual(['no_expiry e1']);
    expect(play([jwt((NOW + DAY) / 1000)])).toEqual([]);
    expect(play([jwt((NOW + DAY) / 1000 + 1)])).toEqual(['expires_late e1']);
    expect(play([use()])).toEqual([]);
  });

  it('fires at a credential that is older than its scheme allows, since its issue or first use', () => {
    expect(play([use(), use({ time: NOW + 7 * DAY })])).toEqual([]);
    expect(play([use(), use({ time: NOW + 7 * DAY + 1 })])).toEqual(['old e2']);
    const aws = { credential: 'aws-akid:AKIA1' };
    expect(play([use(aws), use({ ...aws, time: NOW + 90 * DAY })])).toEqual([]);
    expect(play([use(aws), use({ ...aws, time: NOW + 90 * DAY + 1 })])).toEqual(['old e2']);
    const issued: Some = { ...use(), kind: 'lifecycle', lifecycle: 'credential_issued', outcome: undefined! };
    expect(play([issued, use({ time: NOW + 7 * DAY + 1 })])).toEqual(['old e2']);
    expect(play([use(), { ...issued, time: NOW + DAY }, use({ time: NOW + 7 * DAY + 1 })])).toEqual([]);
  });

  it('fires at the eleventh task of one credential', () => {
    const tasks = (count: number) => Array.from({ length: count }, (_, i) => use({ task: `t${i}`, time: NOW + i }));
    expect(play(tasks(10))).toEqual([]);
    expect(play(tasks(11))).toEqual(['many_tasks e11']);
    expect(play([...tasks(10), use({ task: 't0' })])).toEqual([]);
  });

  it('lets accounts, refusals and hops be', () => {
    expect(play([{ ...jwt(), credential: 'windows-account:ann' }])).toEqual([]);
    expect(play([{ ...jwt(), outcome: 'denied' }])).toEqual([]);
    expect(play([{ ...jwt(), marks: ['service_hop'] }])).toEqual([]);
  });

  it('tells a credential once a week', () => {
    expect(play([jwt(), { ...jwt(), time: NOW + 7 * DAY - 1 }])).toHaveLength(1);
    expect(play([jwt(), { ...jwt(), time: NOW + 7 * DAY }])).toHaveLength(2);
  });
});
