import type { DetectorMeta } from '../../src/detect/detector.ts';

export const meta: DetectorMeta = {
  title: 'Shared credential',
  maturity: 'sandbox',
  severity: 'high',
  detects:
    'A credential with a past of its own that another agent picks up and takes to services it was never used for. The agent may have no past; the credential has one.',
  misses: [
    'A credential that the other agent uses only where its owner does: see token-replay for two contexts at once',
    'A credential without a past, such as one made for each task',
    'Telemetry that does not name the agent',
  ],
  false_positives: [
    'A service account that many agents share, when a new one among them does a job of another kind',
    'An agent that is renamed and is given a wider job on the same day',
  ],
  triage: [
    'Find out how the second agent came by the credential: delegation, a file, a message',
    'Read the services in the order they were reached: does its task explain them?',
    'Give each agent, better each task, a credential of its own',
  ],
  attack: ['T1550.001', 'T1078.004', 'T1021.007'],
  atlas: ['AML.T0012', 'AML.T0091.000'],
  asi: ['ASI03', 'ASI07'],
  nhi: ['NHI9', 'NHI5'],
  safe_mcp: ['SAFE-T1307', 'SAFE-T1706'],
};
