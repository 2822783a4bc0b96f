import type { DetectorMeta } from '../../src/detect/detector.ts';

export const meta: DetectorMeta = {
  title: 'Standing credential',
  maturity: 'sandbox',
  severity: 'low',
  detects:
    'A credential that outlives the work it was made for: a token without an expiry or with one that is far away, a credential that is older than its scheme allows, or one that served more different tasks than tasks_max. Not an attack: what an attacker hopes to find.',
  misses: [
    'Expiry of opaque tokens: only JWTs say it (handle exp), or whoever posts that handle',
    'Age before Tripline first saw it, unless its issue was told',
    'Reuse over tasks by agents that name no tasks',
  ],
  false_positives: [
    'Credentials that are meant to be old, for example of a system that cannot rotate: list the scheme',
  ],
  triage: [
    'Ask the owner for a credential for each task, bound to the workload, with an hour of life',
    'Until then rotate it, and narrow what it may do',
  ],
  attack: ['T1078.004'],
  atlas: ['AML.T0012', 'AML.T0091.000'],
  asi: ['ASI03'],
  nhi: ['NHI7', 'NHI9', 'NHI1'],
  safe_mcp: ['SAFE-T1202'],
};
