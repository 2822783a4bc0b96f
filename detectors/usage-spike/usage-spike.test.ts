import { describe, expect, it } from 'vitest';
import { runDetector } from '../../src/detect/testing.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { usageSpike } from './index.ts';

type Some = Partial<AgentEvent>;
const HOUR = 3_600_000;
/** The beginning of an hour. */
const START = 486_111 * HOUR;
const used = (hour: number, tokens_in: number, more: Some = {}): Some => ({
  kind: 'model_usage',
  agent_id: 'a',
  time: START + hour * HOUR,
  tokens_in,
  ...more,
});
/** 100,000 tokens in each of so many hours. */
const hours = (count: number, tokens = 100_000) => Array.from({ length: count }, (_, i) => used(i, tokens));
const play = (events: readonly Some[], config = {}) => runDetector(usageSpike, config, events);
const told = (events: readonly Some[], config = {}) =>
  play(events, config).map(({ reason, severity, event_ids }) => `${reason} ${severity} ${event_ids.join(' ')}`);

describe('usage-spike, an agent', () => {
  it('fires above five times the median of its past windows, one token more', () => {
    expect(told([...hours(12), used(12, 400_000), used(12, 100_000)])).toEqual([]);
    const [alert, ...more] = play([...hours(12), used(12, 400_000), used(12, 100_000), used(12, 0, { tokens_out: 1 })]);
    expect(more).toEqual([]);
    expect(alert).toMatchObject({
      reason: 'agent_spike',
      severity: 'medium',
      maturity: 'sandbox',
      subject_kind: 'agent',
      subject: 'a',
      event_ids: ['e15'],
      threshold_name: 'median_factor',
      threshold: 5,
      observed: 5,
      summary:
        'Agent a has used 500,001 tokens of its model; the 12 windows of 60 min before came to 100,000 tokens at the median and 100,000 tokens at most.',
      evidence: { measure: 'tokens', used: '500001', limit: '500000', median: '100000', highest: '100000', past: '12' },
    });
  });

  it('is silent before it knows twelve windows, and below what is worth telling', () => {
    expect(told([...hours(11), used(11, 10_000_000)])).toEqual([]);
    expect(told([...hours(12), used(12, 10_000_000)])).toHaveLength(1);
    expect(told([...hours(12, 1000), used(12, 199_999)])).toEqual([]);
    expect(told([...hours(12, 1000), used(12, 200_000)])).toHaveLength(1);
  });

  it('does not count idle hours, and holds a job that is done every day for usual', () => {
    expect(told([...hours(12), used(500, 500_000)])).toEqual([]);
    const nightly = [...hours(12), used(12, 450_000), used(13, 100_000)];
    // Nine times the median, twice the highest.
    expect(told([...nightly, used(36, 900_000)])).toEqual([]);
    expect(told([...nightly, used(36, 900_001)])).toEqual(['agent_spike medium e15']);
  });

  it('judges cost by itself, also where no tokens are reported', () => {
    const cost = (hour: number, cost_usd: number) => used(hour, 0, { cost_usd });
    const past = Array.from({ length: 12 }, (_, i) => cost(i, 0.3));
    expect(told([...past, cost(12, 1.5)])).toEqual([]);
    expect(told([...past, cost(12, 1.5), cost(12, 0.000001)])).toEqual(['agent_spike medium e14']);
  });

  it('tells one story once, and a new level a few times until it is known', () => {
    const level = Array.from({ length: 30 }, (_, i) => used(12 + i, 3_000_000));
    // It counts as 500,000, then as a million: a third hour at that level would have to exceed two.
    expect(told([...hours(12), ...level]).map((line) => line.split(' ')[2])).toEqual(['e13', 'e14', 'e15']);
    const oneHour = Array.from({ length: 30 }, () => used(12, 1_000_000));
    expect(told([...hours(12), ...oneHour])).toHaveLength(1);
  });

  it('adds up neither what two producers tell of one agent, nor two agents', () => {
    expect(told([...hours(12), used(12, 500_000), used(12, 500_000, { producer: 'gateway' })])).toEqual([]);
    expect(told([...hours(12), used(12, 400_000), used(12, 400_000, { agent_id: 'b' })])).toEqual([]);
    expect(told([...hours(12), used(12, 400_000), used(12, 400_000, { tenant: 't' })])).toEqual([]);
    expect(told([...hours(12), used(12, 900_000, { kind: 'tool_call' })])).toEqual([]);
  });
});

describe('usage-spike, a session', () => {
  const sessions = (count: number) =>
    Array.from({ length: count }, (_, i) => used(Math.floor(i / 4), 100_000, { session: `s${i}` }));

  it('fires above five times the median of the sessions before it, however long it takes', () => {
    const slow = (last: number) => [
      ...sessions(12),
      used(3, 250_000, { session: 'x' }),
      used(9, 250_000, { session: 'x' }),
      used(20, last, { session: 'x' }),
    ];
    expect(told(slow(0))).toEqual([]);
    const [alert] = play(slow(1));
    expect(alert).toMatchObject({ reason: 'session_spike', subject_kind: 'session', subject: 'x', event_ids: ['e15'] });
    expect(told(slow(1).slice(1))).toEqual([]);
  });

  it('is what is told where the agent is over its own past at the same time', () => {
    const both = Array.from({ length: 12 }, (_, i) => used(i, 100_000, { session: `s${i}` }));
    expect(told([...both, used(12, 600_000, { session: 'x' })])).toEqual(['session_spike medium e13']);
  });
});

describe('usage-spike, a budget', () => {
  it('counts from the first event on, of an agent and of a session', () => {
    const agent = { agent_tokens_max: 1000 };
    expect(told([used(0, 600), used(0, 400)], agent)).toEqual([]);
    expect(told([used(0, 600), used(0, 400), used(0, 1)], agent)).toEqual(['agent_budget high e3']);
    const session = { session_cost_usd_max: 2.5 };
    const spent = (cost_usd: number, name: string) => used(0, 1, { cost_usd, session: name });
    expect(told([spent(2.5, 's'), spent(2.5, 't')], session)).toEqual([]);
    const [alert] = play([spent(2.5, 's'), spent(2.5, 't'), spent(0.01, 's')], session);
    expect(alert).toMatchObject({
      reason: 'session_budget',
      subject: 's',
      event_ids: ['e3'],
      threshold_name: 'session_cost_usd_max',
      threshold: 2.5,
      observed: 2.51,
      summary: 'A session of agent a used 2.51 US dollars of its model within 60 min; its budget is 2.5.',
    });
  });

  it('is for a window of time, and 0 is none', () => {
    const agent = { agent_tokens_max: 1000 };
    expect(told([used(0, 600), used(0.9, 600)], agent)).toHaveLength(1);
    expect(told([used(0, 600), used(1, 600)], agent)).toEqual([]);
    expect(told([used(0, 1e12)], { agent_tokens_max: 0, session_tokens_max: 0 })).toEqual([]);
    expect(told([used(0, 1e12)])).toEqual(['agent_budget high e1']);
  });

  it('is told once while it lasts, beside a spike', () => {
    const over = Array.from({ length: 20 }, () => used(12, 100_000));
    expect(told([...hours(12), ...over], { agent_tokens_max: 700_000 })).toEqual([
      'agent_spike medium e18',
      'agent_budget high e20',
    ]);
  });
});
