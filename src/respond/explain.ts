import type { Alert } from '../alert/alert.ts';
import { type DecideContext, type Decision, decide, misfits } from './decide.ts';

/** Why a rule decides, or why it does not. */
export interface RuleVerdict {
  rule: string;
  /** What of its match does not fit; none: it fits. */
  misfits: string[];
  /** True for the first one that fits. */
  decides: boolean;
}

export interface Explained {
  rules: RuleVerdict[];
  decision: Decision;
}

/** The decision about an alert, and what each rule said of it. The guards come after that, and depend on the moment. */
export function explain(alert: Alert, context: DecideContext): Explained {
  const signals = context.signals?.(alert) ?? 1;
  let decided = false;
  const rules = context.policy.rules.map(({ name, match }) => {
    const found = misfits(match, alert, signals);
    const decides = !decided && found.length === 0;
    decided ||= decides;
    return { rule: name, misfits: found, decides };
  });
  return { rules, decision: decide(alert, context) };
}
