import type { DetectorMeta } from '../../src/detect/detector.ts';

export const meta: DetectorMeta = {
  title: 'A credential outlived its task',
  maturity: 'stable',
  severity: 'info',
  detects:
    'A task ended, and a credential that was issued for it (credential_issued with the same task) was neither revoked nor replaced within grace_ms. No abuse: with a rule that matches this detector, a task that ends takes its credentials with it.',
  misses: [
    'Credentials whose issue nobody reports, or not with the task they are for',
    'Tasks whose end nobody reports',
    'What was issued to another agent than the one that ends the task',
  ],
  false_positives: ['A credential that is meant to serve later tasks too, and was issued with the id of the first'],
  triage: [
    'Nothing to investigate: let a rule revoke it, or have whoever issues credentials revoke them itself at the end of a task',
    'Where it should have lived on, issue it without a task',
  ],
  attack: ['T1078'],
  atlas: [],
  asi: ['ASI03'],
  nhi: ['NHI1', 'NHI7'],
  safe_mcp: ['SAFE-T1202'],
};
