import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { found } from './answers.ts';
import type { Reader } from './queries.ts';

/** Whether a detector has this option and takes this value for it. */
export type TakesOption = (detector: string, option: string, value: number) => boolean;

/** The setting of a detector nearest to the present one with which an alert would not have come, and which others it would have changed. */
export interface Quieter {
  detector: string;
  option: string;
  threshold: number;
  observed: number;
  /** Absent where the detector has no such option, or does not take such a value: then only a suppression helps. */
  nearest?: number;
  /** Alerts of the last days that would not have come then, or later: this one among them. A backtest tells which. */
  affected: { alerts: number; confirmed: number; undone: number; agents: string[] };
  since: string;
}

const DAY_MS = 86_400_000;
const AGENTS_MAX = 20;
const Query = z.strictObject({ days: z.coerce.number().int().min(1).max(365).default(30) });

interface ById {
  Params: { id: string };
}

interface Crossed {
  detector: string;
  threshold_name: string;
  threshold: number;
  observed: number;
}

export function addQuieterRoute(app: FastifyInstance, store: Reader, takes: TakesOption): void {
  app.get<ById>('/api/alerts/:id/quieter', async ({ params, query }, reply) => {
    const { days } = Query.parse(query, { reportInput: true });
    return found(reply, await quieterThan(store, params.id, Date.now() - days * DAY_MS, takes));
  });
}

async function quieterThan(
  store: Reader,
  alert_id: string,
  since: number,
  takes: TakesOption,
): Promise<Quieter | undefined> {
  const [alert] = await store.query<Crossed>(
    'SELECT detector, threshold_name, threshold, observed FROM alerts WHERE alert_id = {alert_id:String} LIMIT 1',
    { alert_id },
  );
  if (alert === undefined) return undefined;
  const { detector, threshold_name: option, threshold, observed } = alert;
  // What was observed lies on the other side of the threshold: that is the side it is moved to.
  const isUpward = observed >= threshold;
  const nearest = beyond(observed, isUpward);
  const [counts] = await store.query<Quieter['affected']>(
    `SELECT uniqExact(a.alert_id) AS alerts, uniqExactIf(a.alert_id, o.state = 'confirmed') AS confirmed,
        uniqExactIf(a.alert_id, o.state = 'undone') AS undone, groupUniqArray({agents:UInt32})(a.agent_id) AS agents
      FROM alerts AS a LEFT JOIN (
        SELECT alert_id, argMax(state, seq) AS state FROM revocations GROUP BY order_id, alert_id
      ) AS o ON a.alert_id = o.alert_id
      WHERE a.detector = {detector:String} AND a.threshold_name = {option:String}
        AND a.time >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
        AND ${isUpward ? 'a.observed <= {observed:Float64}' : 'a.observed >= {observed:Float64}'}`,
    { detector, option, since, observed, agents: AGENTS_MAX },
  );
  return {
    detector,
    option,
    threshold,
    observed,
    ...(option !== '' && takes(detector, option, nearest) && { nearest }),
    affected: counts ?? { alerts: 0, confirmed: 0, undone: 0, agents: [] },
    since: new Date(since).toISOString(),
  };
}

/** The next whole number, or the next hundredth where it is a fraction. */
function beyond(observed: number, isUpward: boolean): number {
  const step = Number.isInteger(observed) ? 1 : 0.01;
  const whole = isUpward ? Math.floor(observed / step) + 1 : Math.ceil(observed / step) - 1;
  return Number((whole * step).toFixed(2));
}
