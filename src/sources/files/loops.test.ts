import { expect, it } from 'vitest';
import { eventsOf, ndjson, readText } from './testing.ts';

it('multi-turn runs get times of their own: 5 s between calls, 15 minutes between runs', async () => {
  const call = (i: number, failed: boolean) => ({
    i,
    tool: 'ic_sql',
    args: 'SELECT 1',
    args_sha: 'aa',
    result_len: 0,
    result_sha: 'bb',
    failed,
    valid: true,
    reward: 0.67,
  });
  const run = { source: 's/ic', env: 'ic_sql', model: 'm', task: 4, turns_max: 10, label: { exhausted: true } };
  const read = await readText(
    ndjson({ ...run, calls: [call(0, false), call(1, true)] }, { ...run, calls: [call(0, false)] }),
  );
  const common = {
    kind: 'tool_call',
    agent_id: 'm/ic_sql',
    model: 'm',
    tool_name: 'ic_sql',
    args: 'SELECT 1',
    args_digest: 'aa',
    result_digest: 'bb',
    attributes: { dataset: 's/ic' },
  };
  const [first, second] = ['ic_sql/m/4/0', 'ic_sql/m/4/1'];
  expect(eventsOf(read)).toEqual([
    { ...common, session: first, event_id: `${first}:0`, time: '2024-01-01T00:00:00.000Z', outcome: 'ok' },
    { ...common, session: first, event_id: `${first}:1`, time: '2024-01-01T00:00:05.000Z', outcome: 'error' },
    { ...common, session: second, event_id: `${second}:0`, time: '2024-01-01T00:15:00.000Z', outcome: 'ok' },
  ]);
});
