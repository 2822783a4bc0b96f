import type { DetectorMeta } from '../../src/detect/detector.ts';

export const meta: DetectorMeta = {
  title: 'Secret exposure',
  maturity: 'sandbox',
  severity: 'medium',
  detects:
    'A secret that stood in what an agent passed on or was given: high in arguments of a tool that sends or shares, medium in those of one that writes and in results of tools that are not there to hand out secrets; a step lower where only the name of a field says that it is one. Whoever holds it has to change it. When somebody uses it afterwards who neither showed it nor had used it before, that is told as high: the copy is in use.',
  misses: [
    'Secrets of a form that no rule of the door knows, in a field whose name says nothing',
    'More than eight secrets of one event, and a secret that is used only where no telemetry comes from',
    'Results of tools that hand out secrets: that is what they are for. Their later use by somebody else is told',
  ],
  false_positives: [
    'Examples and test keys that look like real ones',
    'A credential that is handed over on purpose, to an agent that had not used it before: delegate instead, or issue one for each',
  ],
  triage: [
    'Change the secret: whoever could read the session, its logs or the destination has it',
    'Look where the tool sent it, and who used it since',
    'Find out how the agent came to it, and whether a handle would have done',
  ],
  attack: ['T1552.001', 'T1567', 'T1528'],
  atlas: ['AML.T0055', 'AML.T0086', 'AML.T0098'],
  asi: ['ASI03', 'ASI02'],
  nhi: ['NHI2', 'NHI9'],
  safe_mcp: ['SAFE-T1504', 'SAFE-T1506', 'SAFE-T1911'],
};
