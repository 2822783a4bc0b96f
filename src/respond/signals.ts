import type { Alert } from '../alert/alert.ts';
import { OWN_DETECTORS } from './decide.ts';

/** Which detectors told of a credential, a session or an agent lately. */
export interface Signals {
  /** Adds the alert, and returns how many different detectors told of what it is about, the most over the three. */
  see(alert: Alert, window_ms: number): number;
}

/** @param subjects_max credentials, sessions and agents remembered; the oldest go first */
export function createSignals(subjects_max: number): Signals {
  const told = new Map<string, Map<string, number>>();
  const countOf = (subject: string, { detector, time }: Alert, window_ms: number): number => {
    const detectors = told.get(subject) ?? new Map<string, number>();
    told.delete(subject);
    told.set(subject, detectors);
    if (told.size > subjects_max) told.delete(told.keys().next().value!);
    detectors.set(detector, Math.max(time, detectors.get(detector) ?? 0));
    let count = 0;
    for (const [name, at] of detectors) {
      if (Math.abs(time - at) <= window_ms) count += 1;
      else if (at < time) detectors.delete(name);
    }
    return count;
  };
  return {
    see(alert, window_ms) {
      if (OWN_DETECTORS.includes(alert.detector)) return 0;
      const { tenant, credential, session, agent_id } = alert;
      const subjects = Object.entries({ credential, session, agent_id })
        .filter(([, id]) => id !== '')
        .map(([kind, id]) => JSON.stringify([tenant, kind, id]));
      return Math.max(1, ...subjects.map((subject) => countOf(subject, alert, window_ms)));
    },
  };
}
