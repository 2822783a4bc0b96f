import type { Reader } from '../queries.ts';

/** What judges and what acts: read from configuration and policy, never changed here. */
export interface Rules {
  detectors: readonly { id: string; version: number; enabled: boolean; meta: object }[];
  policy: { version: string; rules: readonly object[] } & Readonly<Record<string, unknown>>;
}

const DAYS = 7;

/** Detectors with how many alerts each gave lately and how many of their orders people called false alarms. */
export async function readRules(store: Reader, { detectors, policy }: Rules) {
  const [alerts, undone] = await Promise.all([
    store.query<{ detector: string; n: number }>(
      `SELECT detector, toUInt32(uniqExact(alert_id)) AS n FROM alerts
       WHERE detected >= now() - INTERVAL {days:UInt16} DAY GROUP BY detector`,
      { days: DAYS },
    ),
    store.query<{ detector: string; n: number }>(
      `SELECT detector, toUInt32(uniqExact(order_id)) AS n FROM revocations
       WHERE state = 'undo_requested' AND time >= now() - INTERVAL {days:UInt16} DAY GROUP BY detector`,
      { days: DAYS },
    ),
  ]);
  const of = (rows: { detector: string; n: number }[], id: string) =>
    rows.find(({ detector }) => detector === id)?.n ?? 0;
  return {
    days: DAYS,
    detectors: detectors.map((one) => ({ ...one, alerts: of(alerts, one.id), undone: of(undone, one.id) })),
    policy,
  };
}
