import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { copyRows } from '../../event/frame/index.ts';
import type { Log, PartitionTask, Subscription } from '../../log/log.ts';
import { openPlace } from '../../log/place.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import { ORDER, type Order } from '../../order/order.ts';
import { readSecret } from '../../secret.ts';
import { request } from '../revokers/request.ts';
import { refusedBy, unreached } from '../revokers/result.ts';
import type { ChatConfig } from './config.ts';
import { messageOf } from './message.ts';

export interface NotifyDeps {
  log: Log;
  chats: Readonly<Record<string, ChatConfig>>;
  metrics: Pick<Metrics, 'notifications'>;
  logger: Logger;
  clock?: () => number;
}

export interface Notify {
  /** Rejects when it cannot go on. Never resolves before close. */
  readonly finished: Promise<void>;
  drained(): Promise<void>;
  close(): Promise<void>;
}

interface Chat extends NotifyDeps {
  name: string;
  config: ChatConfig;
  url: string;
  stop: AbortSignal;
  clock: () => number;
}

const WAIT_MS = 1000;
const WAIT_MS_MAX = 60_000;

/**
 * Tells chats about orders, from now on: each follows the orders in the log by itself, so that one that is away holds nobody up. After a crash
 * a message may come twice; what cannot be delivered is dropped and counted.
 * @throws TriplineError TRIPLINE_CONFIG_INVALID when an address is missing
 */
export async function startNotify(deps: NotifyDeps): Promise<Notify> {
  const stop = new AbortController();
  const subscriptions: Subscription[] = [];
  const close = async () => {
    stop.abort();
    await Promise.all(subscriptions.map((subscription) => subscription.close()));
  };
  try {
    for (const [name, config] of Object.entries(deps.chats)) {
      const url = readSecret(config.url, `chat ${name}`);
      const chat = { clock: Date.now, ...deps, name, config, url, stop: stop.signal };
      const group = `notify-${name}`;
      subscriptions.push(await deps.log.subscribe('revocations', group, (index) => follow(chat, group, index)));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    finished: Promise.all(subscriptions.map(({ finished }) => finished)).then(() => {}),
    drained: async () => void (await Promise.all(subscriptions.map((subscription) => subscription.drained()))),
    close,
  };
}

async function follow(chat: Chat, group: string, partition: number): Promise<PartitionTask> {
  const { log, config, clock, metrics, name } = chat;
  const topic = 'revocations';
  const { position, at } = await openPlace(log, topic, partition, `notify/${name}`);
  return {
    position,
    async process(records) {
      const orders = records
        .flatMap(({ frame }) => copyRows(ORDER, frame))
        .filter(({ state }) => (config.states as string[]).includes(state));
      const recent = orders.filter(({ time }) => clock() - time <= config.age_ms_max);
      if (recent.length < orders.length)
        metrics.notifications.inc({ chat: name, outcome: 'too_old' }, orders.length - recent.length);
      if (recent.length > 0) await tell(chat, recent);
      if (chat.stop.aborted) return;
      await log.write({ owner: { group, topic, partition }, state: [at(records.at(-1)!.offset + 1)] });
    },
  };
}

/** Resolves when the message was delivered or dropped. */
async function tell(chat: Chat, orders: readonly Order[]): Promise<void> {
  const { config, metrics, name, logger, stop } = chat;
  const body = JSON.stringify(messageOf(config, orders));
  for (let attempt = 1; !stop.aborted; attempt++) {
    const result = await post(chat, body);
    if (result === undefined) {
      metrics.notifications.inc({ chat: name, outcome: 'delivered' }, orders.length);
      return pause(config.interval_ms, stop);
    }
    if (result.status === 'failed' || attempt >= config.attempts_max) {
      metrics.notifications.inc({ chat: name, outcome: 'dropped' }, orders.length);
      logger.warn({ chat: name, orders: orders.length, why: result.detail }, 'A chat was not told');
      return;
    }
    const wait_ms = 'retry_after_ms' in result ? result.retry_after_ms : undefined;
    await pause(Math.min(wait_ms ?? WAIT_MS * 2 ** (attempt - 1), WAIT_MS_MAX), stop);
  }
}

/** Undefined when it was taken. */
async function post({ url, config, stop }: Chat, body: string) {
  const { timeout_ms, allow_private } = config;
  const signal = AbortSignal.any([stop, AbortSignal.timeout(timeout_ms)]);
  const headers = { 'content-type': 'application/json' };
  return refusedBy(await request({ method: 'POST', url, headers, body, signal, allow_private }).catch(unreached));
}

async function pause(wait_ms: number, signal: AbortSignal): Promise<void> {
  await delay(wait_ms, undefined, { signal }).catch(() => {});
}
