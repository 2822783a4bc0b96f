import { describe, expect, it } from 'vitest';
import { runDetector } from '../../src/detect/testing.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { taskEnd } from './index.ts';

type Some = Partial<AgentEvent>;
const START = 1_750_000_000_000;
const at = (lifecycle: AgentEvent['lifecycle'], more: Some = {}): Some => ({
  kind: 'lifecycle',
  lifecycle,
  agent_id: 'a',
  session: 's',
  task: 't',
  ...more,
});
const issued = at('credential_issued', { credential: 'x:1', credential_handles: { jti: '1' } });
const ended = at('task_ended');

/** Events a second apart; then the log's clock goes on until `until_ms` after the first. */
function play(events: readonly Some[], until_ms = 3_600_000) {
  const timed = events.map((event, i) => ({ time: START + i * 1000, ...event }));
  return runDetector(taskEnd, {}, timed, { until: START + until_ms });
}
const subjects = (events: readonly Some[], until_ms?: number) => play(events, until_ms).map(({ subject }) => subject);

describe('task-end', () => {
  it('tells of what was issued for a task, a minute after its end and not before', () => {
    expect(subjects([issued, ended], 60_999)).toEqual([]);
    const [alert, ...more] = play([issued, ended], 61_001);
    expect(more).toEqual([]);
    expect(alert).toMatchObject({
      reason: 'left_over',
      severity: 'info',
      subject_kind: 'credential',
      subject: 'x:1',
      credential: 'x:1',
      credential_handles: { jti: '1' },
      agent_id: 'a',
      task: 't',
      event_ids: ['e1', 'e2'],
      summary: 'The task t of a ended 60 s ago, and a credential that was issued for it still stands.',
    });
  });

  it('is quiet about what was given back, before the end or within the grace', () => {
    const revoked = at('credential_revoked', { credential: 'x:1', task: '' });
    const rotated = at('credential_rotated', { credential: 'x:2', credential_previous: 'x:1', task: '' });
    expect(subjects([issued, revoked, ended])).toEqual([]);
    expect(subjects([issued, ended, revoked])).toEqual([]);
    expect(subjects([issued, ended, rotated])).toEqual([]);
  });

  it('is quiet about other tasks, other agents, and what was issued for no task', () => {
    expect(subjects([issued, at('task_ended', { task: 'u' })])).toEqual([]);
    expect(subjects([issued, at('task_ended', { agent_id: 'b' })])).toEqual([]);
    expect(subjects([issued, at('task_ended', { tenant: 'other' })])).toEqual([]);
    expect(subjects([{ ...issued, task: '' }, ended])).toEqual([]);
    expect(subjects([issued])).toEqual([]);
  });

  it('tells of each of several, once, however often the end is told', () => {
    const second = { ...issued, credential: 'x:2' };
    expect(subjects([issued, second, ended, ended]).sort()).toEqual(['x:1', 'x:2']);
  });
});
