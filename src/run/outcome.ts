import type { ScenarioResult } from '../../samples/scenario/play.ts';
import type { Alert } from '../alert/alert.ts';
import type { LiveItem } from '../live/live.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { quantile } from '../metrics/quantile.ts';
import type { Order } from '../order/order.ts';

export interface Quantiles {
  p50: number | null;
  p99: number | null;
}

/** What a played scenario came to: the object that `--json` prints. */
export interface Outcome {
  attacks: number;
  caught: number;
  confirmed: number;
  honest_agents: number;
  honest_touched: number;
  /** Looked like an attack and were none; suspended, taken back by a person, and at work again. */
  drills: number;
  drills_taken_back: number;
  /** Made up by somebody about an honest agent; held because he may not speak for it. */
  forgeries: number;
  forgeries_held: number;
  events: number;
  event_to_order_ms: Quantiles;
  order_to_confirmed_ms: Quantiles;
}

export interface AttackOutcome {
  detector: string;
  agent_id: string;
  /** Detectors that said something about its token. */
  found_by: string[];
  caught: boolean;
  confirmed: boolean;
}

/** Remembers what was found and what was done, to compare it with what was played. */
export function createRecord() {
  const alerts: Alert[] = [];
  const orders = new Map<string, { sent: boolean; confirmed: boolean; order: Order }>();
  return {
    alerts,
    orders,
    add(item: LiveItem): void {
      if (item.type === 'alert') {
        alerts.push(item.row);
        return;
      }
      if (item.type === 'act') return;
      const { order_id, state } = item.row;
      const known = orders.get(order_id);
      const sent = known?.sent === true || state === 'sent';
      const confirmed = state === 'confirmed' || (known?.confirmed === true && !['failed', 'undone'].includes(state));
      orders.set(order_id, { sent, confirmed, order: item.row });
    },
  };
}

export type Record = ReturnType<typeof createRecord>;

/** An attack is caught when its token was ordered away, and confirmed when that order was proven. */
export function judgeAttacks(played: ScenarioResult, record: Record): AttackOutcome[] {
  return played.attacks.map(({ detector, agent_id, token_id }) => {
    const orders = [...record.orders.values()].filter(({ order, sent }) => sent && isAbout(order, token_id));
    const found = record.alerts.filter((alert) => isAbout(alert, token_id)).map((alert) => alert.detector);
    return {
      detector,
      agent_id,
      found_by: [...new Set(found)],
      caught: orders.length > 0,
      confirmed: orders.some(({ confirmed }) => confirmed),
    };
  });
}

/** An honest agent is touched when anything was ordered about it, or a call of it was refused because its token was dead. */
export function touchedHonest(played: ScenarioResult, record: Record): string[] {
  const sent = [...record.orders.values()].filter((entry) => entry.sent).map((entry) => entry.order);
  const touched = played.honest.filter(({ agent_id, token_ids, refused_calls }) => {
    const ordered = sent.some((order) => order.target === agent_id || token_ids.some((id) => isAbout(order, id)));
    return ordered || refused_calls > 0;
  });
  return touched.map(({ agent_id }) => agent_id);
}

/** A drill is put right when its order was undone and its token works again. */
export function drillsTakenBack(played: ScenarioResult, record: Record): string[] {
  const undone = [...record.orders.values()].filter(({ order }) => order.state === 'undone');
  return played.drills
    .filter(
      ({ token_ids, resumed }) => resumed && undone.some(({ order }) => token_ids.some((id) => isAbout(order, id))),
    )
    .map(({ agent_id }) => agent_id);
}

/** A forgery is held when it led to an order that waits for a person, and to none that left. */
export function forgeriesHeld(played: ScenarioResult, record: Record): string[] {
  const orders = [...record.orders.values()];
  return played.forgeries
    .filter(({ token_id }) => {
      const about = orders.filter(({ order }) => isAbout(order, token_id));
      return about.some(({ order }) => order.state === 'held') && about.every(({ sent }) => !sent);
    })
    .map(({ agent_id }) => agent_id);
}

export async function outcomeOf(played: ScenarioResult, record: Record, metrics: Metrics): Promise<Outcome> {
  const attacks = judgeAttacks(played, record);
  return {
    attacks: attacks.length,
    caught: attacks.filter((attack) => attack.caught).length,
    confirmed: attacks.filter((attack) => attack.confirmed).length,
    honest_agents: played.honest.length,
    honest_touched: touchedHonest(played, record).length,
    drills: played.drills.length,
    drills_taken_back: drillsTakenBack(played, record).length,
    forgeries: played.forgeries.length,
    forgeries_held: forgeriesHeld(played, record).length,
    events: played.events,
    event_to_order_ms: await quantiles(metrics.eventToOrderMs),
    order_to_confirmed_ms: await quantiles(metrics.orderToConfirmedMs),
  };
}

/** Good means: every attack caught and its credential proven gone, no honest agent touched, every mistake taken back, no forgery acted on. */
export function isGood(outcome: Outcome): boolean {
  const { attacks, caught, confirmed, honest_touched } = outcome;
  const putRight = outcome.drills_taken_back === outcome.drills && outcome.forgeries_held === outcome.forgeries;
  return caught === attacks && confirmed === attacks && honest_touched === 0 && putRight;
}

function isAbout(row: Alert | Order, token_id: string): boolean {
  return row.credential_handles.token_id === token_id;
}

async function quantiles(histogram: Metrics['eventToOrderMs']): Promise<Quantiles> {
  const at = async (q: number) => {
    const value = await quantile(histogram, q);
    return value === undefined ? null : Math.round(value * 10) / 10;
  };
  return { p50: await at(0.5), p99: await at(0.99) };
}
