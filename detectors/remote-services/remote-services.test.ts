import { describe, expect, it } from 'vitest';
import { runDetector } from '../../src/detect/testing.ts';
import type { AgentEvent } from '../../src/event/event.ts';
import { remoteServices } from './index.ts';

type Some = Partial<AgentEvent>;
const MINUTE = 60_000;
const DAY = 86_400_000;
const as = (user: string): Some =>
  user === '' ? {} : { user, credential: `windows-account:${user}`, credential_handles: { account: user } };
/** What a machine writes about another one that came from 10.0.0.5. */
const record = (tool_name: string, host: string, user: string, more: Some = {}): Some => ({
  kind: 'tool_call',
  agent_id: '10.0.0.5',
  agent_instance: `${host}.example.org`,
  tool_name,
  target: `${host}.example.org`,
  outcome: 'ok',
  ...as(user),
  ...more,
});
const connection = (host: string, target: string, user = ''): Some => record('net_conn', host, user, { target });
const logon = (host: string, user = 'ann'): Some => record('logon', host, user, { kind: 'token_use' });
const ticket = (target: string, user = 'ann'): Some => record('tgs', 'kdc', user, { kind: 'token_use', target });
const share = (host: string, name: string, pipe: string, user = 'ann'): Some =>
  record('share_file', host, user, { attributes: { share: `\\\\*\\${name}`, target: pipe } });

/** One event a second, or at its own time. */
function play(events: readonly Some[], config = {}) {
  const timed = events.map((event, i) => ({ time: 1_000_000_000_000 + i * 1000, ...event }));
  return runDetector(remoteServices, config, timed).map(({ subject, event_ids, evidence }) =>
    [subject, event_ids.join(' '), evidence.destination, evidence.signs].join(' | '),
  );
}

describe('remote-services', () => {
  it('fires when a person logs on to a host that the same source connects to, not at one of the two', () => {
    const fired = ['windows-account:ann | e1 e2 | desk | connection, identity'];
    expect(play([connection('desk', '10.0.0.6:135'), logon('desk')])).toEqual(fired);
    expect(play([connection('desk', '10.0.0.6:135')])).toEqual([]);
    expect(play([logon('desk'), logon('desk')])).toEqual([]);
  });

  it('joins on one destination: signs about two hosts do not add up', () => {
    expect(play([connection('desk', '10.0.0.6:135'), logon('till')])).toEqual([]);
    expect(play([connection('desk', '10.0.0.6:135'), { ...logon('desk'), agent_id: '10.0.0.7' }])).toEqual([]);
  });

  it('knows a service ticket for the host, and the control of its services', () => {
    expect(play([ticket('DESK$'), connection('desk', '10.0.0.6:445')])).toHaveLength(1);
    expect(play([ticket('TILL$'), connection('desk', '10.0.0.6:445')])).toEqual([]);
    expect(play([ticket('krbtgt'), connection('krbtgt', '10.0.0.6:445')])).toEqual([]);
    expect(play([share('desk', 'IPC$', 'svcctl'), logon('desk')])).toHaveLength(1);
    expect(play([share('desk', 'ADMIN$', 'x.exe'), logon('desk')])).toHaveLength(1);
    expect(play([share('desk', 'IPC$', 'srvsvc'), logon('desk')])).toEqual([]);
    expect(play([share('desk', 'public', 'x.doc'), logon('desk')])).toEqual([]);
  });

  it('lets machines, other ports and refusals be', () => {
    const web = connection('desk', '10.0.0.6:443');
    const admin = connection('desk', '10.0.0.6:135');
    expect(play([web, logon('desk')])).toEqual([]);
    expect(play([admin, logon('desk', 'till$')])).toEqual([]);
    expect(play([admin, { ...logon('desk'), outcome: 'denied' }])).toEqual([]);
    expect(play([admin, { ...logon('desk'), agent_id: '::1' }])).toEqual([]);
  });

  it('knows a controller by what it answers on, and by the tickets that it grants', () => {
    const both = [connection('big', '10.0.0.2:135'), logon('big')];
    expect(play([connection('big', '10.0.0.2:88'), ...both])).toEqual([]);
    expect(play([connection('big', '10.0.0.2:80'), ...both])).toHaveLength(1);
    expect(play([{ ...ticket('x'), agent_instance: 'big' }, ...both])).toEqual([]);
    expect(play([connection('big', '10.0.0.2:88'), ...both, share('big', 'IPC$', 'svcctl')])).toHaveLength(1);
  });

  it('takes a process of a person that makes remote calls as a sign beside the connection, once controllers are known', () => {
    const calls = [connection('here', '10.0.0.6:135', 'ann'), connection('here', '10.0.0.6:49700', 'ann')];
    const known = connection('here', '10.0.0.2:88');
    expect(play([known, ...calls])).toEqual(['windows-account:ann | e2 e3 | 10.0.0.6 | connection, client']);
    expect(play(calls)).toEqual([]);
    expect(play([known, calls[0]!, calls[0]!])).toEqual([]);
    expect(play([known, calls[0]!, connection('here', '10.0.0.6:49700')])).toEqual([]);
  });

  it('is not misled by the source, which writes down its connections to all others', () => {
    const out = [connection('here', '10.0.0.6:445'), connection('here', '10.0.0.7:80')];
    expect(play([...out, logon('here')])).toEqual([]);
    expect(play([out[0]!, logon('here')])).toHaveLength(1);
  });

  it('forgets a sign after the window, and calls what happens every day a habit', () => {
    const at = (time: number, events: Some[]) => events.map((event) => ({ ...event, time }));
    const pair = [connection('desk', '10.0.0.6:445'), logon('desk')];
    expect(play([...at(0, pair.slice(0, 1)), ...at(30 * MINUTE, pair.slice(1))])).toHaveLength(1);
    expect(play([...at(0, pair.slice(0, 1)), ...at(30 * MINUTE + 1, pair.slice(1))])).toEqual([]);
    const days = (count: number) => Array.from({ length: count }, (_, day) => at(day * DAY, pair)).flat();
    expect(play(days(7))).toHaveLength(7);
    expect(play(days(9))).toHaveLength(7);
    expect(play([...days(7), ...at(21 * DAY, pair)])).toHaveLength(8);
  });

  it('tells one story of a source once', () => {
    const to = (host: string, address: string) => [connection(host, `${address}:445`), logon(host)];
    expect(play([...to('desk', '10.0.0.6'), ...to('till', '10.0.0.7')])).toHaveLength(1);
    expect(play([...to('desk', '10.0.0.6'), ...to('till', '10.0.0.7')], { quiet_ms: 1 })).toHaveLength(2);
  });
});
