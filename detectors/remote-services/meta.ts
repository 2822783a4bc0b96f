import type { DetectorMeta } from '../../src/detect/detector.ts';

export const meta: DetectorMeta = {
  title: 'Remote services',
  maturity: 'stable',
  severity: 'high',
  detects:
    'One machine that reaches into another one that is no domain controller. At least two kinds of signs must meet on that one pair of source and destination: a connection to an administration port, a logon or service ticket of a person, an administrative share or remote control of services and tasks, and remote procedure calls by a process of a person. Domain controllers are known by what they answer on and by the tickets that they grant, never by name.',
  misses: [
    'Movement to a domain controller: everybody connects to it',
    'A service or task whose record names neither its source nor who made it: nothing joins it to a source',
    'A single sign: one connection by a process of a person, without the logon at the other end',
    'Movement over a port that is not in admin_ports, or slower than the window',
    'A pair that is in use every day: it is a habit after habit_days',
  ],
  false_positives: [
    'The first days of an administrator, a jump host or a file server that a person had not used before',
    'A scanner that looks for machines on which it may control services: it is judged as the movement that it prepares',
  ],
  triage: [
    'Ask the person whether this logon was theirs, from this source',
    'Look at what started on the destination within a minute: a service, a task, a process of the same person',
    'If it is not honest, reset the account and isolate the source; look for further destinations of the same source',
  ],
  attack: ['T1021', 'T1570', 'T1078'],
  atlas: [],
  asi: ['ASI03'],
  nhi: ['NHI10'],
  safe_mcp: ['SAFE-T1704'],
};
