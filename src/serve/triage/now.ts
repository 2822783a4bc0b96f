import { alertsNow, type Relation, readSilences, type TriageDeps } from '../../triage/index.ts';

/** The table of alerts as they are now: with what was just done, and what hides them. */
export type AlertsNow = () => Promise<Relation>;

export function alertsOf({ store, recent, clock }: Pick<TriageDeps, 'store' | 'recent' | 'clock'>): AlertsNow {
  return async () => {
    const acts = recent.acts();
    return alertsNow(acts, await readSilences(store, acts, clock()));
  };
}
