import type { Attack } from '../../src/detect/attack.ts';

/** A connection to an administration port of a host, and a logon there by the same source. */
export const attack: Attack = ({ id }) => {
  const seen = { agent_id: `${id}-source`, agent_instance: `${id}-desk.example.org`, outcome: 'ok' };
  const who = { user: `${id}-ann`, credential: `windows-account:${id}-ann` };
  return [
    { ...seen, before_ms: 1000, kind: 'tool_call', tool_name: 'net_conn', target: '10.0.0.6:135' },
    {
      ...seen,
      ...who,
      before_ms: 0,
      kind: 'token_use',
      tool_name: 'logon',
      target: `${id}-desk.example.org`,
    },
  ];
};
