import { describe, expect, it } from 'vitest';
import { runDetector } from '../../src/detect/testing.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { retryStorm } from './index.ts';

type Some = Partial<AgentEvent>;
const base = { kind: 'tool_call', agent_id: 'a', session: 's', tool_name: 'get', tool_class: 'read', outcome: 'ok' };

/** One event a second, each with an id of its own and results that are all different, unless said otherwise. */
function play(events: readonly Some[], config = {}) {
  const timed = events.map((event, i) => ({
    ...base,
    event_id: `e${i}`,
    time: 1_000_000 + i * 1000,
    args_digest: `args-${i}`,
    result_digest: `result-${i}`,
    ...event,
  }));
  return runDetector(retryStorm, config, timed as Some[]).map(({ reason, event_ids, subject }) => ({
    reason,
    subject,
    last: event_ids.at(-1),
  }));
}

const times = (count: number, event: Some): Some[] => Array.from({ length: count }, () => event);
const failing = { outcome: 'error', args_digest: 'same', result_digest: 'no' };

describe('retry-storm', () => {
  it('fires at the fifth failure of the same call, not at the fourth', () => {
    expect(play(times(4, failing))).toEqual([]);
    expect(play(times(5, failing))).toEqual([{ reason: 'exact_repeat', subject: 's', last: 'e4' }]);
  });

  it('fires when the same call gives the same result six times, and not while the result changes', () => {
    const same = { args_digest: 'same', result_digest: 'same' };
    expect(play(times(5, same))).toEqual([]);
    expect(play(times(6, same)).map(({ reason }) => reason)).toEqual(['exact_repeat']);
    expect(play(times(40, { args_digest: 'same' }))).toEqual([]);
  });

  it('fires at the third round of A-B, and of A-B-C', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ args_digest: name, result_digest: name, tool_class: 'write' }));
    expect(play([a!, b!, a!, b!, a!])).toEqual([]);
    expect(play([a!, b!, a!, b!, a!, b!]).map(({ reason }) => reason)).toEqual(['cycle']);
    expect(play([a!, b!, c!, a!, b!, c!, a!, b!, c!])[0]!.reason).toMatch(/cycle|no_progress/);
  });

  it('counts failures in a row over tools and errors that change, until one call succeeds', () => {
    const mixed = Array.from({ length: 6 }, (_, i) => ({
      outcome: 'error',
      tool_name: `tool-${i % 3}`,
      error_type: `error-${i}`,
    }));
    const inARowOnly = { failures_recent_min: 1000 };
    expect(play([...mixed, { outcome: 'ok' }, ...mixed], inARowOnly)).toEqual([]);
    expect(play([...mixed, { outcome: 'error' }], inARowOnly)).toEqual([
      { reason: 'failures_in_a_row', subject: 's', last: 'e6' },
    ]);
  });

  it('lets a throttled client be that waits longer each time, and not one that does not', () => {
    const throttled = (waits: readonly number[]) => {
      let time = 1_000_000;
      return waits.map((wait) => {
        time += wait;
        return { ...failing, error_status: 429, time };
      });
    };
    expect(play(throttled([0, 500, 1000, 2000, 4000, 8000, 16_000, 32_000]))).toEqual([]);
    expect(play(throttled([0, 100, 100, 100, 100, 100, 100, 100])).length).toBe(1);
  });

  it('tells one story once, and two sessions apart', () => {
    expect(play(times(40, failing))).toHaveLength(1);
    const two = [...times(5, failing), ...times(5, { ...failing, session: 't' })];
    expect(play(two).map(({ subject }) => subject)).toEqual(['s', 't']);
  });

  it('does not count the refusals that follow a revocation', () => {
    const denied = { ...failing, outcome: 'denied', credential: 'x:1' };
    const revoked = { kind: 'lifecycle', lifecycle: 'credential_revoked', outcome: '', credential: 'x:1' };
    expect(play([revoked, ...times(20, denied)])).toEqual([]);
    expect(play([{ ...revoked, credential: 'x:2' }, ...times(20, denied)])).toHaveLength(1);
  });

  it('counts in audit records only refusals at one target, within a minute', () => {
    const refused = {
      kind: 'token_use',
      outcome: 'denied',
      target: 'iam:GetPasswordData',
      credential: 'aws-akid:1',
      session: '',
    };
    expect(play(times(4, refused))).toEqual([]);
    expect(play(times(5, refused))).toEqual([{ reason: 'refusals', subject: 'aws-akid:1', last: 'e4' }]);
    expect(play(times(30, { ...refused, outcome: 'error', error_type: 'ThrottlingException' }))).toEqual([]);
    expect(play(times(5, refused).map((event, i) => ({ ...event, time: 1_000_000 + i * 20_000 })))).toEqual([]);
  });
});
