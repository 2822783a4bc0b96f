import type { Alert, Severity } from '../alert/alert.ts';

type Judged = Pick<Alert, 'detector' | 'maturity' | 'severity' | 'confidence'>;

/** How likely an alert of this severity, of which its detector is sure, is harm that somebody has to act on. */
export const WEIGHT: Record<Severity, number> = { info: 0.02, low: 0.1, medium: 0.4, high: 0.7, critical: 0.95 };
/** A detector that may not act by itself counts half. */
export const SANDBOX = 0.5;

/**
 * Risk of alerts that belong together, 0 to 100: the chance that at least one detector is right, where each detector
 * counts once, by its strongest alert. Repeats of one detector are one opinion, however many there are: to add them up
 * would compound its errors.
 */
export function riskOf(alerts: readonly Judged[]): number {
  const strongest = new Map<string, number>();
  for (const alert of alerts) strongest.set(alert.detector, Math.max(strongest.get(alert.detector) ?? 0, weigh(alert)));
  const allWrong = [...strongest.values()].reduce((chance, weight) => chance * (1 - weight), 1);
  return Math.round(100 * (1 - allWrong));
}

function weigh({ severity, confidence, maturity }: Judged): number {
  return WEIGHT[severity as Severity] * confidence * (maturity === 'stable' ? 1 : SANDBOX);
}
