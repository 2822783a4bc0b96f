import type { DetectorMeta } from '../../src/detect/detector.ts';

export const meta: DetectorMeta = {
  title: 'Token replay',
  maturity: 'stable',
  severity: 'high',
  detects:
    'One credential used in two contexts that cannot both be true: another network and another program, another key it is bound to, or two places to and fro. And a credential used after its task ended, after it was rotated, or after it was revoked.',
  misses: [
    'A thief on the same network with the same client as the owner',
    'Long-lived credentials that are shared by habit (shared_schemes)',
    'A copy that is used only after the owner has stopped for longer than the window',
  ],
  false_positives: [
    'One token handed to two programs on two networks on purpose: give each its own',
    'A proxy pool that changes network and client name with each request',
  ],
  triage: [
    'Compare the two contexts: does the owner know the second address and client?',
    'Look at what the second context reached, from its first use on',
    'If it is theft, find where the token was readable; if not, issue a token per program and mark the false alarm',
  ],
  attack: ['T1550.001', 'T1528', 'T1078.004'],
  atlas: ['AML.T0091.000', 'AML.T0012'],
  asi: ['ASI03'],
  nhi: ['NHI2', 'NHI7', 'NHI9'],
  safe_mcp: ['SAFE-T1202', 'SAFE-T1506', 'SAFE-T1706'],
};
