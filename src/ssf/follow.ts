import { copyRows } from '../event/frame/index.ts';
import type { Log, PartitionTask, Subscription } from '../log/log.ts';
import { openPlace } from '../log/place.ts';
import { ORDER, type Order } from '../order/order.ts';
import { type Claims, claimsOf, type SetOptions, undoneClaimsOf } from '../respond/revokers/caep/set.ts';
import type { SsfConfig } from './config.ts';
import type { Streams, Waiting } from './streams.ts';

/** Orders as events of every stream: when an order first leaves, and when it was taken back. From now on, each once. */
export function followOrders(log: Log, streams: Streams, config: SsfConfig): Promise<Subscription> {
  return log.subscribe('revocations', 'ssf', async (partition): Promise<PartitionTask> => {
    const { position, at } = await openPlace(log, 'revocations', partition, 'ssf-place');
    return {
      position,
      async process(records) {
        const orders = records.flatMap(({ frame }) => copyRows(ORDER, frame));
        const events = orders.flatMap((order) => streams.all().flatMap((waiting) => eventsFor(order, waiting, config)));
        await streams.add(events, [at(records.at(-1)!.offset + 1)]);
      },
    };
  });
}

function eventsFor(order: Order, waiting: Waiting, config: SsfConfig): { waiting: Waiting; claims: Claims }[] {
  const { status, receiver, events_requested } = waiting.stream;
  if (status === 'disabled') return [];
  const options = {
    issuer: config.issuer,
    audience: config.receivers[receiver]!.audience,
    iat: Math.floor(order.time / 1000),
  };
  const claims = claimsFor(order, options);
  if (claims === undefined) return [];
  return Object.keys(claims.events).every((type) => events_requested.includes(type)) ? [{ waiting, claims }] : [];
}

function claimsFor(order: Order, options: SetOptions): Claims | undefined {
  if (order.state === 'undone') return undoneClaimsOf(order, options);
  return order.state === 'sent' && order.attempt === 1 ? claimsOf(order, options) : undefined;
}
