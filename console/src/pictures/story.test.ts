import { describe, expect, it } from 'vitest';
import type { Call, Order } from '../api/types.ts';
import { storyOf } from './story.ts';

const iso = (second: number) => new Date(second * 1000).toISOString();
const use = (
  event_id: string,
  second: number,
  agent_id: string,
  source_ip: string,
  outcome: Call['outcome'] = 'ok',
): Call => ({
  event_id,
  producer: 'p',
  kind: 'token_use',
  time: iso(second),
  agent_id,
  source_ip,
  outcome,
});
const step = (state: Order['state'], second: number) => ({ order_id: 'o', state, time: iso(second), why: '' }) as Order;

const CALLS = [
  use('1', 0, 'owner', '192.0.2.1'),
  use('2', 10, 'thief', '198.51.100.7'),
  use('3', 12, 'owner', '192.0.2.1'),
  use('4', 14, 'thief', '198.51.100.7'),
  use('5', 20, 'thief', '198.51.100.7', 'denied'),
];
const told = { calls: CALLS, orders: [] as Order[], evidence: new Set(['2', '3']) };

describe('the story of a credential', () => {
  it('has a lane for each agent and place, oldest first', () => {
    const { lanes } = storyOf(told);
    expect(lanes.map(({ agent, place, ok, refused }) => [agent, place, ok, refused])).toEqual([
      ['owner', '192.0.2.1', 2, 0],
      ['thief', '198.51.100.7', 2, 1],
    ]);
    expect(lanes.flatMap(({ uses }) => uses.filter((one) => one.is_evidence).map(({ call }) => call.event_id))).toEqual(
      ['3', '2'],
    );
  });

  it('shows when two used it at once: from the first use of the thief to the last of the owner', () => {
    expect(storyOf(told).overlaps).toMatchObject([{ from: 10_000, to: 12_000 }]);
    const refused = CALLS.map((call) => (call.agent_id === 'thief' ? { ...call, outcome: 'denied' as const } : call));
    expect(storyOf({ ...told, calls: refused, evidence: new Set() }).overlaps).toEqual([]);
    // One after the other: only the evidence says that they belong together.
    const after = [use('1', 0, 'owner', '192.0.2.1'), use('2', 5, 'thief', '198.51.100.7')];
    expect(storyOf({ ...told, calls: after, evidence: new Set() }).overlaps).toEqual([]);
    expect(storyOf({ ...told, calls: after, evidence: new Set(['1', '2']) }).overlaps).toMatchObject([
      { from: 0, to: 5000 },
    ]);
  });

  it('does not take what a producer left out for another agent or another place', () => {
    const calls = [
      use('1', 0, 'owner', ''),
      use('2', 1, 'owner', '192.0.2.1'),
      use('3', 2, '', '192.0.2.1'),
      use('4', 3, 'owner', ''),
    ];
    expect(storyOf({ ...told, calls }).overlaps).toEqual([]);
  });

  it('counts what came after the revocation, and tells refused from served', () => {
    const orders = [step('sent', 13), step('sent', 13.5), step('accepted', 13.8), step('confirmed', 20)];
    const calls = [...CALLS, use('6', 30, 'thief', '198.51.100.7')];
    const story = storyOf({ ...told, calls, orders, alert_at: 12_000 });
    expect(story.steps.map(({ at, label }) => [at, label])).toEqual([
      [12_000, 'alert'],
      [13_000, 'order sent'],
      [13_800, 'accepted'],
      [20_000, 'proven gone'],
    ]);
    // Refused at 20 s and served at 30 s; what was served at 14 s was on its way.
    expect([story.revoked_at, story.used_after, story.refused_after]).toEqual([13_800, 1, 1]);
  });
});
