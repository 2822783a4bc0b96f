import { describe, expect, it } from 'vitest';
import { GAP_MS, incidentsOf, LENGTH_MAX_MS } from './group.ts';
import type { Part } from './incident.ts';
import { riskOf } from './risk.ts';

const T = Date.UTC(2026, 0, 1);

function alert(alert_id: string, after_ms: number, more: Partial<Part> = {}): Part {
  return {
    alert_id,
    time: T + after_ms,
    tenant: 'default',
    detector: 'd',
    maturity: 'stable',
    severity: 'high',
    confidence: 1,
    reason: 'r',
    summary: `what ${alert_id} says`,
    subject_kind: 'credential',
    subject: 's',
    agent_id: '',
    agent_parent: '',
    session: '',
    credential: '',
    ...more,
  };
}

/** Ids of the alerts of each incident. */
const grouped = (...alerts: Part[]) =>
  incidentsOf(alerts).map(({ lines }) =>
    lines
      .flatMap(({ alert_ids }) => alert_ids)
      .sort()
      .join(' '),
  );

describe('alerts are one incident', () => {
  it.each(['session', 'credential', 'agent_id'] as const)('when they share a %s, and not when it is empty', (link) => {
    expect(grouped(alert('a', 0, { [link]: 'x' }), alert('b', 1, { [link]: 'x' }))).toEqual(['a b']);
    expect(grouped(alert('a', 0, { [link]: 'x' }), alert('b', 1, { [link]: 'y' }))).toEqual(['b', 'a']);
    expect(grouped(alert('a', 0), alert('b', 1))).toEqual(['b', 'a']);
  });

  it('when the agent of one started the other, or one started both', () => {
    expect(
      grouped(alert('a', 0, { agent_id: 'boss' }), alert('b', 1, { agent_id: 'k', agent_parent: 'boss' })),
    ).toEqual(['a b']);
    const child = (id: string) => ({ agent_id: id, agent_parent: 'boss' });
    expect(grouped(alert('a', 0, child('k1')), alert('b', 1, child('k2')))).toEqual(['a b']);
  });

  it('not when names of different kinds or tenants agree', () => {
    expect(grouped(alert('a', 0, { session: 'x' }), alert('b', 1, { credential: 'x' }))).toHaveLength(2);
    expect(grouped(alert('a', 0, { session: 'x' }), alert('b', 1, { session: 'x', tenant: 't' }))).toHaveLength(2);
  });

  it('when a third one joins two, in whatever order they come', () => {
    const parts = [
      alert('a', 0, { session: 'x' }),
      alert('b', 1, { credential: 'c' }),
      alert('c', 2, { session: 'x', credential: 'c' }),
      alert('d', 3, { credential: 'c' }),
      alert('e', 4, { session: 'x' }),
    ];
    expect(grouped(...parts)).toEqual(['a b c d e']);
    expect(incidentsOf([...parts].reverse())).toEqual(incidentsOf(parts));
  });

  it('until half an hour of silence, and for a day at most', () => {
    const at = (id: string, ms: number) => alert(id, ms, { session: 'x' });
    expect(grouped(at('a', 0), at('b', GAP_MS))).toEqual(['a b']);
    expect(grouped(at('a', 0), at('b', GAP_MS + 1))).toEqual(['b', 'a']);
    const steady = Array.from({ length: LENGTH_MAX_MS / GAP_MS + 2 }, (_, i) => at(`a${i}`, i * GAP_MS));
    expect(incidentsOf(steady).map(({ alerts }) => alerts)).toEqual([1, 49]);
  });
});

describe('an incident', () => {
  it('has one line for forty repeats, with their number', () => {
    const repeats = Array.from({ length: 40 }, (_, i) => alert(`a${i}`, i * 1000, { session: 'x' }));
    const [incident] = incidentsOf([...repeats, alert('b', 40_000, { session: 'x', detector: 'e', severity: 'low' })]);
    expect(incident).toMatchObject({ incident_id: 'inc_a0', alerts: 41, severity: 'high', first: T, last: T + 40_000 });
    expect(incident!.lines.map(({ detector, count, summary }) => [detector, count, summary])).toEqual([
      ['e', 1, 'what b says'],
      ['d', 40, 'what a39 says'],
    ]);
  });

  it('names everybody that it is about once', () => {
    const parts = [
      alert('a', 0, { session: 's', agent_id: 'a1', credential: 'c' }),
      alert('b', 1, { session: 's', agent_id: 'a2', credential: 'c' }),
    ];
    expect(incidentsOf(parts)[0]).toMatchObject({ agents: ['a1', 'a2'], sessions: ['s'], credentials: ['c'] });
  });
});

describe('the risk', () => {
  const judged = (
    detector: string,
    severity: Part['severity'],
    confidence = 1,
    maturity: Part['maturity'] = 'stable',
  ) => ({
    detector,
    severity,
    confidence,
    maturity,
  });

  it('is the chance that one detector is right, by hand', () => {
    expect(riskOf([judged('a', 'high')])).toBe(70);
    expect(riskOf([judged('a', 'high', 0.5)])).toBe(35);
    expect(riskOf([judged('a', 'high'), judged('b', 'medium')])).toBe(82); // 1 - .3 × .6
    expect(riskOf([judged('a', 'high', 1, 'sandbox')])).toBe(35);
  });

  it('does not grow with repeats of one detector', () => {
    expect(riskOf(Array.from({ length: 40 }, () => judged('a', 'medium')))).toBe(40);
    expect(riskOf([judged('a', 'medium'), judged('a', 'critical')])).toBe(95);
  });
});
