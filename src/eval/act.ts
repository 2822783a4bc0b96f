import { parse, stringify } from 'yaml';
import type { Alert } from '../alert/alert.ts';
import { decide } from '../respond/decide.ts';
import { loadPolicy, type Policy } from '../respond/policy.ts';

/** A policy as it would act: its default mode is enforce, and a rule that says observe itself still only observes. */
export function enforced(text: string): Policy {
  loadPolicy(text);
  const file = parse(text) as { defaults?: object };
  return loadPolicy(stringify({ ...file, defaults: { ...file.defaults, mode: 'enforce' } }));
}

/** Whether the policy would take something away because of this alert, by itself or when a person says yes; before the guards. */
export function acts(alert: Alert, policy: Policy): boolean {
  const { orders = [] } = decide(alert, { policy });
  return orders.some(({ head }) => head.mode !== 'observe');
}

const SHOWN = new Set<string>(['medium', 'high', 'critical']);

/** Whether an analyst is shown it. */
export function isShown({ severity }: Alert): boolean {
  return SHOWN.has(severity);
}
