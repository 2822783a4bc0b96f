import type { DetectorMeta } from '../../src/detect/detector.ts';

export const meta: DetectorMeta = {
  title: 'Canary',
  maturity: 'stable',
  severity: 'critical',
  detects:
    'The use of something that was planted and that nobody has a reason to touch: a credential, a tool or a target that the configuration names. One touch is proof, also a refused one: whoever tries it has found it.',
  misses: [
    'Whatever nobody planted: without configuration it is silent',
    'A planted credential that is tried at a service whose telemetry does not reach Tripline',
  ],
  false_positives: [
    'A scanner or an inventory job that touches everything: name it in exempt_agents',
    'A person who tries out what was planted',
  ],
  triage: [
    'Ask where it was planted: whoever touched it has read that place',
    'Take away the credential that the agent itself used, and look at what it did in the same session',
    'Plant a new one',
  ],
  attack: ['T1078', 'T1552.001'],
  atlas: ['AML.T0055', 'AML.T0098'],
  asi: ['ASI03', 'ASI10'],
  nhi: ['NHI2'],
  safe_mcp: ['SAFE-T1502', 'SAFE-T1503'],
};
