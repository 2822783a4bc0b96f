import { toJson } from '../../event/json.ts';
import { ORDER, type Order } from '../../order/order.ts';

/** Fields of an order that its receiver needs; the rest is bookkeeping of ours. */
const TOLD = [
  'order_id',
  'tenant',
  'alert_id',
  'detector',
  'rule',
  'policy_version',
  'action',
  'target_kind',
  'target',
  'agent_id',
  'credential',
  'credential_handles',
  'why',
] as const satisfies readonly (keyof Order)[];

/** Standard Webhooks payload: type, time of the order, data. */
export function payloadOf(
  type: string,
  order: Order,
): { type: string; timestamp: string; data: Record<string, unknown> } {
  const json = toJson(ORDER, order);
  const data = Object.fromEntries(TOLD.map((name) => [name, json[name]]));
  return { type, timestamp: new Date(order.time).toISOString(), data };
}
