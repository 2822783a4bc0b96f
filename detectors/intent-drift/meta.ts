import type { DetectorMeta } from '../../src/detect/detector.ts';

export const meta: DetectorMeta = {
  title: 'Intent drift',
  maturity: 'sandbox',
  severity: 'medium',
  detects:
    'A call outside of the declared scope of its task: a tool that is not named, a target that no pattern fits, or more spent than was allowed (attribute scope_cost_usd of the event that starts the task). Scopes come with that event, or from the configuration for agents whose tasks declare none. High where the tool sends, shares, pays, deletes, executes or changes identities, low where it only reads.',
  misses: [
    'Agents without a scope: nobody said what they are for, so it says nothing',
    'Abuse that stays inside the scope: a scope that is too wide is no scope',
    'A scope that is declared after the call, or by another agent than the one that calls or delegated',
  ],
  false_positives: ['A scope that forgets a tool which the task needs', 'A tool server that renames its tools'],
  triage: [
    'Compare the call with what the user asked for',
    'If the task needs it, add it to the scope; the next task of that kind is then quiet',
    'If not, look for the text that led there: the result of the call before is the first suspect',
  ],
  attack: ['T1078'],
  atlas: ['AML.T0051.001', 'AML.T0053'],
  asi: ['ASI01', 'ASI02', 'ASI10'],
  nhi: ['NHI5'],
  safe_mcp: ['SAFE-T1102', 'SAFE-T1104', 'SAFE-T1302', 'SAFE-T2104'],
};
