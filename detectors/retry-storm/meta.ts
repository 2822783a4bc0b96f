import type { DetectorMeta } from '../../src/detect/detector.ts';

export const meta: DetectorMeta = {
  title: 'Retry storm',
  maturity: 'stable',
  severity: 'high',
  detects:
    'An agent that repeats itself and gets nowhere: the same call with the same outcome, two or three calls in a circle, failures in a row whatever the error says, or call after call whose result was known already. In audit records: one credential refused again and again at one target.',
  misses: [
    'An agent that varies its calls and gets a different useless answer each time',
    'Repeats whose arguments or results change in a field that the digests do not leave out',
    'Fewer repeats than the thresholds, however expensive each one is',
  ],
  false_positives: [
    'A poller whose answer stays the same: give it an agent of its own and a higher idle_repeats_min',
    'A test suite that is expected to fail many times in a row',
  ],
  triage: [
    'Read the last calls of the session: is the error one that another attempt can mend?',
    'Look whether the target is down for others too: then the storm is a symptom',
    'If the credential was revoked rightly, fix the loop before a new one is issued; else undo and raise the threshold for this agent',
  ],
  attack: ['T1499.003', 'T1496.004', 'T1110'],
  atlas: ['AML.T0034', 'AML.T0034.002', 'AML.T0029'],
  asi: ['ASI08'],
  nhi: [],
};
