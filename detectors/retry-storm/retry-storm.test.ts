import { describe, expect, it } from 'vitest';
import { runDetector } from '../../src/detect/testing.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { retryStorm } from './index.ts';

type Some = Partial<AgentEvent>;
const BASE: Some = {
  kind: 'tool_call',
  agent_id: 'a',
  session: 's',
  tool_name: 'edit',
  tool_class: 'write',
  outcome: 'ok',
};

/** One call a second, each with arguments and a result of its own, unless said otherwise. */
function timed(events: readonly Some[]): Some[] {
  return events.map((event, i) => ({
    ...BASE,
    event_id: `e${i + 1}`,
    time: 1_000_000 + i * 1000,
    args_digest: `args-${i}`,
    result_digest: `result-${i}`,
    ...event,
  }));
}
const play = (events: readonly Some[], config = {}) => runDetector(retryStorm, config, timed(events));
const reasons = (events: readonly Some[], config = {}) =>
  play(events, config).map(({ reason, event_ids }) => [reason, event_ids.at(-1)]);
const times = (count: number, event: Some): Some[] => Array.from({ length: count }, () => event);

const SAME: Some = { args_digest: 'same', result_digest: 'same' };
const FAILING: Some = { ...SAME, outcome: 'error', error_type: 'conflict', error_status: 409 };
const FAILED: Some = { outcome: 'error', error_type: 'boom' };

describe('retry-storm, repetition', () => {
  it('fires at the fourth failure of the same call, not at the third, and says what happened', () => {
    expect(play(times(3, FAILING))).toEqual([]);
    const [alert, ...more] = play(times(4, { ...FAILING, credential: 'x:1' }));
    expect(more).toEqual([]);
    expect(alert).toMatchObject({
      reason: 'exact_repeat',
      subject_kind: 'session',
      subject: 's',
      credential: 'x:1',
      event_ids: ['e1', 'e2', 'e3', 'e4'],
      threshold_name: 'exact_calls',
      threshold: 4,
      observed: 4,
      window_from: 1_000_000,
      window_to: 1_003_000,
      summary: 'edit was called 4 times with the same arguments within 3 s and failed with conflict 409 each time.',
    });
  });

  it('fires when the same action gives the same result, and not while the result changes', () => {
    expect(reasons(times(3, SAME))).toEqual([]);
    expect(reasons(times(4, SAME))).toEqual([['exact_repeat', 'e4']]);
    expect(reasons(times(40, { args_digest: 'same' }))).toEqual([]);
  });

  it('takes longer over a reading that stays the same, and none at all over one that is waited for', () => {
    const look: Some = { ...SAME, tool_class: 'read' };
    expect(reasons(times(5, look))).toEqual([]);
    expect(reasons(times(6, look))).toEqual([['repeated_results', 'e6']]);
    const polls = (gap: number) => times(30, look).map((event, i) => ({ ...event, time: 1_000_000 + i * gap }));
    expect(reasons(polls(10_000))).toEqual([]);
    expect(reasons(polls(9_999))).toHaveLength(1);
  });

  it('fires at the third round of two calls, and at three calls in a circle', () => {
    const round = (names: readonly string[], rounds: number) =>
      times(rounds, {}).flatMap(() => names.map((name): Some => ({ args_digest: name, result_digest: name })));
    expect(reasons(round(['a', 'b'], 3).slice(0, 5))).toEqual([]);
    expect(reasons(round(['a', 'b'], 3))).toEqual([['cycle', 'e6']]);
    const three = { repeated_points: 10 };
    expect(reasons(round(['a', 'b', 'c'], 3).slice(0, 8), three)).toEqual([]);
    expect(reasons(round(['a', 'b', 'c'], 3), three)).toEqual([['cycle', 'e9']]);
  });

  it('counts known results in full where a call failed or was just made, and half where it went well with other arguments', () => {
    const nothing: Some = { result_digest: 'none' };
    expect(reasons(times(30, nothing))).toEqual([]);
    const failing: Some = { ...nothing, outcome: 'error' };
    // 1 + four in full, and one that is half.
    expect(reasons([...times(5, failing), nothing])).toEqual([]);
    expect(reasons(times(6, failing))).toEqual([['repeated_results', 'e6']]);
  });

  it('lets an agent go twice over a list', () => {
    const list = ['a', 'b', 'c', 'd', 'e', 'f'].map((name): Some => ({ args_digest: name, result_digest: name }));
    expect(reasons([...list, ...list, ...list])).toEqual([]);
  });
});

describe('retry-storm, failures', () => {
  it('counts them over tools and errors that change', () => {
    const failed = (count: number) =>
      times(count, FAILED).map((event, i) => ({ ...event, tool_name: `tool-${i % 4}`, error_type: `error-${i}` }));
    expect(reasons(failed(6))).toEqual([]);
    expect(reasons(failed(7))).toEqual([['failures', 'e7']]);
    expect(reasons([...failed(5), {}, {}, {}, ...failed(1)])).toEqual([]);
  });

  it('counts those of one tool in a row while other tools go well, until it succeeds once', () => {
    const tests = times(9, { ...FAILED, tool_name: 'check' }).map((event, i) => ({
      ...event,
      error_type: `error-${i}`,
    }));
    const between = tests.flatMap((event) => [event, {}]);
    expect(reasons(between)).toEqual([]);
    expect(reasons([...between, { ...FAILED, tool_name: 'check' }])).toEqual([['tool_failures', 'e19']]);
    expect(reasons([...between, { tool_name: 'check' }, { ...FAILED, tool_name: 'check' }])).toEqual([]);
  });

  it('lets a throttled client be that waits longer each time, or long, and not one that does not', () => {
    const throttled = (waits: readonly number[]) => {
      let time = 1_000_000;
      return waits.map((wait): Some => {
        time += wait;
        return { ...FAILING, error_status: 429, error_type: 'rate_limited', time };
      });
    };
    expect(reasons(throttled([0, 500, 1000, 2000, 4000, 8000, 16_000, 32_000]))).toEqual([]);
    expect(reasons(throttled([0, ...Array.from({ length: 20 }, () => 5000)]))).toEqual([]);
    expect(reasons(throttled([0, 100, 100, 100, 100, 100]))).toEqual([['exact_repeat', 'e6']]);
  });

  it('does not count calls that have not ended, nor failures older than the window', () => {
    expect(reasons(times(30, { ...SAME, outcome: 'pending' }))).toEqual([]);
    const slow = times(12, FAILED).map((event, i) => ({ ...event, time: 1_000_000 + i * 101_000 }));
    expect(reasons(slow)).toEqual([]);
    expect(reasons(slow, { window_ms: 700_000 })).toEqual([['failures', 'e7']]);
  });

  it('does not count the refusals that follow a revocation of the same credential', () => {
    const denied: Some = { ...FAILING, outcome: 'denied', error_status: 401, credential: 'x:1' };
    const revoked = (credential: string): Some => ({ kind: 'lifecycle', lifecycle: 'credential_revoked', credential });
    expect(reasons([revoked('x:1'), ...times(20, denied)])).toEqual([]);
    expect(reasons([revoked('x:2'), ...times(20, denied)])).toHaveLength(1);
  });
});

describe('retry-storm, whose it is', () => {
  it('tells one story once, and again after the time of silence', () => {
    expect(reasons(times(60, FAILING))).toHaveLength(1);
    expect(reasons(times(60, FAILING), { suppress_ms: 30_000 })).toHaveLength(2);
  });

  it('does not add up two sessions of an agent, and begins anew with each task', () => {
    const two = times(6, FAILING).map((event, i) => ({ ...event, session: `s${i % 2}` }));
    expect(reasons(two)).toEqual([]);
    const task: Some = { kind: 'lifecycle', lifecycle: 'task_started' };
    expect(reasons([...times(3, FAILING), task, ...times(3, FAILING)])).toEqual([]);
  });

  it('falls back to the instance and then to the agent', () => {
    const subjects = (event: Some) => play(times(4, { ...FAILING, ...event })).map((a) => [a.subject_kind, a.subject]);
    expect(subjects({ session: '', agent_instance: 'i' })).toEqual([['agent_instance', 'i']]);
    expect(subjects({ session: '' })).toEqual([['agent', 'a']]);
  });
});

describe('retry-storm, audit logs', () => {
  const refused: Some = {
    kind: 'token_use',
    outcome: 'denied',
    target: 'ec2:GetPasswordData',
    credential: 'aws-akid:1',
    error_type: 'UnauthorizedOperation',
  };

  it('fires at the fifth refusal of a credential on a target within a minute', () => {
    expect(reasons(times(4, refused))).toEqual([]);
    const [alert] = play(times(5, refused));
    expect(alert).toMatchObject({
      reason: 'denied_burst',
      severity: 'high',
      subject_kind: 'credential',
      subject: 'aws-akid:1',
    });
    const spread = times(20, refused).map((event, i) => ({ ...event, time: 1_000_000 + i * 15_001 }));
    expect(reasons(spread)).toEqual([]);
    expect(
      reasons(times(20, refused).map((event, i) => ({ ...event, target: `t${i % 5}`, time: 1_000_000 + i * 4000 }))),
    ).toEqual([]);
  });

  it('counts no throttling, no missing objects and no token that is not valid any more', () => {
    expect(reasons(times(30, { ...refused, outcome: 'error', error_type: 'NoSuchBucket' }))).toEqual([]);
    expect(reasons(times(30, { ...refused, error_type: 'ThrottlingException' }))).toEqual([]);
    expect(reasons(times(30, { ...refused, error_status: 401 }))).toEqual([]);
  });
});
