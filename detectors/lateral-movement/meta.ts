import type { DetectorMeta } from '../../src/detect/detector.ts';

export const meta: DetectorMeta = {
  title: 'Lateral movement',
  maturity: 'stable',
  severity: 'high',
  detects:
    'An agent with a past of its own that suddenly goes from service to service it never reached before, faster than work brings new ones, and the more so when it is refused there. What the declared scope of its task names does not count; several services outside of a declared scope fire without a past, which is how a delegated agent without one is held to what it was given.',
  misses: [
    'An agent without a past and without a declared scope: it only learns for a while',
    'Slow movement: a new service an hour',
    'Movement inside one service, from target to target',
    'A child agent without a declared scope that reaches what its parent never had: the two are judged apart',
    'A credential that another agent took along: see shared-credential',
  ],
  false_positives: [
    'An agent that is given a wider job without a declared scope: state scope_tools or scope_targets at its start',
    'A migration that moves all its services to new names at once',
  ],
  triage: [
    'Read the services in the order they were reached: does a task of that day explain them?',
    'Look at what came just before the first new one: a document, a message, a new instruction',
    'If it is honest, declare the scope of the task; if not, look what the refusals were trying for',
  ],
  attack: ['T1021.007', 'T1526', 'T1078.004'],
  atlas: ['AML.T0012', 'AML.T0053'],
  asi: ['ASI03', 'ASI07'],
  nhi: ['NHI5', 'NHI9'],
  safe_mcp: ['SAFE-T1701', 'SAFE-T1703', 'SAFE-T1705'],
};
