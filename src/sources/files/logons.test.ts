import { expect, it } from 'vitest';
import { eventsOf, ndjson, readText } from './testing.ts';

const row = (kind: string, more: object) => ({
  dataset: 'd',
  scenario: 's',
  time: '2020-09-22T18:53:34.417Z',
  kind,
  event_id: 3,
  host: 'WS5.example',
  label: { lateral: true },
  ...more,
});

it('logons present the credential of an account, by whatever spelling', async () => {
  const read = await readText(
    ndjson(
      row('tgs', { user: 'ann@EXAMPLE.LOCAL', src: '::ffff:172.18.39.5', dst: 'WS6$' }),
      row('logon_failed', { user: 'EXAMPLE\\Ann', src: '172.18.39.5', logon_id: '0x1' }),
      row('logon', { user: 'SYSTEM', logon_type: '5' }),
      row('share', { user: 'SYSTEM', share: 'C$', time: '2020-10-19 03:30:46.416' }),
    ),
  );
  const common = {
    kind: 'token_use',
    user: 'ann',
    credential: 'windows-account:ann',
    agent_id: '172.18.39.5',
    source_ip: '172.18.39.5',
  };
  const [first, second, third] = eventsOf(read);
  expect(first).toMatchObject({
    ...common,
    tool_name: 'tgs',
    target: 'WS6$',
    outcome: 'ok',
    time: '2020-09-22T18:53:34.417Z',
  });
  expect(second).toMatchObject({ ...common, target: 'WS5.example', outcome: 'denied', session: 'WS5.example:0x1' });
  expect(third).toMatchObject({ agent_id: 'WS5.example', time: '2020-10-19T03:30:46.416Z' });
  expect(third).not.toHaveProperty('credential');
  // A machine that logs on as itself shows no credential; what it does then is told all the same.
  expect(read[2]).toMatchObject({ ok: false, ignored: true, field: 'user', got: 'SYSTEM' });
});

it('connections, shares and services are calls with what they reached', async () => {
  const read = await readText(
    ndjson(
      row('net_conn', {
        user: 'NT AUTHORITY\\SYSTEM',
        src: '172.18.39.5',
        dst: '172.18.39.6',
        dst_port: '445',
        process: 'System',
      }),
      row('share', { user: 'ann', src: '172.18.39.5', share: '\\\\*\\C$' }),
      row('service_install', { dst: 'PSEXESVC', service: 'PSEXESVC' }),
    ),
  );
  expect(eventsOf(read)).toMatchObject([
    {
      kind: 'tool_call',
      tool_name: 'net_conn',
      target: '172.18.39.6:445',
      tool_class: 'other',
      attributes: { process: 'System' },
    },
    {
      kind: 'tool_call',
      tool_name: 'share',
      target: 'WS5.example\\C$',
      tool_class: 'read',
      credential: 'windows-account:ann',
    },
    {
      kind: 'tool_call',
      tool_name: 'service_install',
      target: 'WS5.example',
      tool_class: 'execute',
      attributes: { service: 'PSEXESVC' },
    },
  ]);
});

it('records that repeat word by word stay two, and an unknown kind is refused', async () => {
  const same = row('tgt', { user: 'ann', src: '172.18.39.5', dst: 'krbtgt' });
  const read = await readText(ndjson(same, same, row('teleport', {})));
  expect(new Set(eventsOf(read).map(({ event_id }) => event_id)).size).toBe(2);
  expect(read.find((entry) => !entry.ok)).toMatchObject({ field: 'kind', got: 'teleport' });
});
