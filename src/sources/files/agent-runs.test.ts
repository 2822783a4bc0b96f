import { describe, expect, it } from 'vitest';
import { eventsOf, ndjson, readText } from './testing.ts';

const call = (i: number, turn: number, tool: string, more: object = {}) => ({
  i,
  turn,
  tool,
  args: { n: i },
  args_sha: `a${i}`,
  result_len: 3,
  result_sha: `r${i}`,
  result_head: `head ${i}`,
  status: 'ok',
  error: null,
  ...more,
});
const run = {
  run: 'github-7',
  source: 'somewhere/Dyn',
  suite: 'github',
  model: 'gpt-x',
  task: 'injection_task_2',
  evaluated_at: '2026-01-24 03:06:02',
  duration_s: 40,
  user_prompt: 'Star the repository',
  calls: [
    call(0, 0, 'search'),
    call(1, 0, 'read'),
    call(2, 2, 'star', { arg_src: [0, 1], status: 'error', error: "KeyError: 'email'" }),
  ],
  label: { kind: 'attacked', attack_succeeded: true, hijacked_calls: [2] },
};
const common = {
  agent_id: 'gpt-x/github',
  session: 'github-7',
  task: 'github-7',
  model: 'gpt-x',
  attributes: { dataset: 'somewhere/Dyn', suite: 'github' },
};

describe('an agent run', () => {
  it('becomes the start of its task with the request, its calls at interpolated times, and its end', async () => {
    // Three turns in 40 s: turn 0 at 10 s, turn 2 at 30 s.
    expect(eventsOf(await readText(ndjson(run)))).toEqual([
      {
        ...common,
        event_id: 'github-7:task_started',
        kind: 'lifecycle',
        lifecycle: 'task_started',
        time: '2026-01-24T03:06:02.000Z',
        request: 'Star the repository',
      },
      {
        ...common,
        event_id: 'github-7:0',
        kind: 'tool_call',
        time: '2026-01-24T03:06:12.000Z',
        tool_name: 'search',
        args: { n: 0 },
        args_digest: 'a0',
        result: 'head 0',
        result_digest: 'r0',
        result_values: ['flow:github-7:0:2'],
        outcome: 'ok',
      },
      {
        ...common,
        event_id: 'github-7:1',
        kind: 'tool_call',
        time: '2026-01-24T03:06:12.000Z',
        tool_name: 'read',
        args: { n: 1 },
        args_digest: 'a1',
        result: 'head 1',
        result_digest: 'r1',
        result_values: ['flow:github-7:1:2'],
        outcome: 'ok',
      },
      {
        ...common,
        event_id: 'github-7:2',
        kind: 'tool_call',
        time: '2026-01-24T03:06:32.000Z',
        tool_name: 'star',
        args: { n: 2 },
        args_digest: 'a2',
        args_values: ['flow:github-7:0:2', 'flow:github-7:1:2'],
        result: 'head 2',
        result_digest: 'r2',
        outcome: 'error',
        error_type: 'KeyError',
      },
      {
        ...common,
        event_id: 'github-7:task_ended',
        kind: 'lifecycle',
        lifecycle: 'task_ended',
        time: '2026-01-24T03:06:42.000Z',
      },
    ]);
  });

  it('never tells its label', async () => {
    const unlabelled = { ...run, label: {} };
    expect(await readText(ndjson(run))).toEqual(await readText(ndjson(unlabelled)));
  });

  it('without a time is refused, and the next one is read', async () => {
    const read = await readText(ndjson({ ...run, evaluated_at: 'soon' }, { ...run, run: 'github-8' }));
    expect(read[0]).toEqual({ ok: false, field: 'evaluated_at', expected: 'a time', got: 'soon' });
    expect(eventsOf(read)).toHaveLength(5);
  });
});
