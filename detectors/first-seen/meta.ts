import type { DetectorMeta } from '../../src/detect/detector.ts';

export const meta: DetectorMeta = {
  title: 'First seen',
  maturity: 'sandbox',
  severity: 'low',
  detects:
    'An agent with a past of its own that calls a tool or reaches a service for the first time. Medium where the tool sends, shares, pays, deletes or changes identities, low otherwise: a hint beside other findings, never a reason to act. Nothing is learned from a session under alert, from what was refused, or from what uses a credential that was revoked. What the declared scope of a task names is no news.',
  misses: [
    'An agent that is still learning, and everything that it was misused for in that time',
    'A known tool that is used for something else',
    'Another record of a known service: a target counts by its service, or every record would be new',
    'A session whose only alerts are about a credential: these are made where its uses are read, and known here only by the revocation',
  ],
  false_positives: [
    'A new version of an agent, a tool server that renames its tools, a rare but honest task: declare the scope of the task',
    'An agent whose stable id changes with each deployment never leaves its learning; one id for two jobs is never done with it',
  ],
  triage: [
    'Look at how long it has learned and how much it knows: after few tools a new one says little',
    'Look whether the session has another alert, and what came just before the new tool',
    'If it is honest there is nothing to do: it is known from now on',
  ],
  attack: ['T1078.004', 'T1526'],
  atlas: ['AML.T0053', 'AML.T0012'],
  asi: ['ASI02', 'ASI10'],
  nhi: ['NHI5'],
  safe_mcp: ['SAFE-T1302', 'SAFE-T1701'],
};
