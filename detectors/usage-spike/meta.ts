import type { DetectorMeta } from '../../src/detect/detector.ts';

export const meta: DetectorMeta = {
  title: 'A spike of model usage',
  maturity: 'sandbox',
  severity: 'medium',
  detects:
    'Denial of wallet: an agent whose model tokens or cost within a window exceed by far both the median and the highest of its past windows, a session that does so against the past sessions of its agent, or either of them over its budget. Budgets count from the first event on. A spike counts in the past only as far as it was one, so that a new level of usage is told a few times and then known.',
  misses: [
    'A spike of an agent without a past, as long as it stays within its budget',
    'Usage that grows slowly, less than peak_factor from one window to the next',
    'Usage that nobody reports as model_usage; cost where only tokens are reported, and the other way round',
    'One run spread over many agents, each of them with usual usage',
  ],
  false_positives: [
    'A new job of an agent that has done small ones until now: told once or twice, then known',
    'A larger model or context, from one day to the next',
  ],
  triage: [
    'Look at what the session called: does it make progress, or does it go round?',
    'See who asked for it, and whether the request or a text that was read asks for long answers or endless work',
    'If it is stuck or misused end the session; if it is honest raise the budget of the agent',
  ],
  attack: ['T1496.004', 'T1499.003'],
  atlas: ['AML.T0034', 'AML.T0034.001', 'AML.T0034.002', 'AML.T0029'],
  asi: ['ASI08', 'ASI02'],
  nhi: [],
  safe_mcp: ['SAFE-T1106'],
};
