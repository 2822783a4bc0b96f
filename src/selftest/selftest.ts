import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { DETECTORS } from '../../detectors/index.ts';
import { type Config, parseConfig } from '../config/config.ts';
import { posted } from '../detect/attack.ts';
import { prepareDetectors } from '../detect/config.ts';
import { TriplineError } from '../errors.ts';
import type { Order } from '../order/order.ts';
import { loadPolicy } from '../respond/policy.ts';
import { openDoors } from '../run/server.ts';
import { openTripline, type Tripline } from '../run/tripline.ts';
import { openReceiver } from './receiver.ts';

/** What became of one attack. */
export interface Tried {
  detector: string;
  /** fired; missed; off: not enabled; nothing to find: its configuration leaves nothing. */
  result: 'fired' | 'missed' | 'off' | 'nothing to find';
  alert_id?: string;
  /** Last state of the order; none where the detector's maturity lets it only alert. */
  order?: string;
  /** Event durable to alert durable. */
  event_to_alert_ms?: number;
  /** Event durable to signed order leaving. */
  event_to_order_ms?: number;
  /** Order leaving to the refused use that proves it. */
  order_to_confirmed_ms?: number;
}

export interface SelftestOptions {
  /** The operator's: detectors run with its options. */
  config: Config;
  logger: Logger;
  /** Longest wait for alerts and for proof, each. */
  wait_ms: number;
}

const SECRET_ENV = 'TRIPLINE_SELFTEST_WEBHOOK_SECRET';
const POLICY = loadPolicy(`
version: 1
defaults: { mode: enforce, receivers: [selftest], caps: { orders_max: 1000, producer_orders_max: 1000, fleet_orders_min: 1000 } }
rules: [{ name: selftest }]
`);

/**
 * One synthetic attack for every detector, through a door of its own into a data folder of its own, to a receiver of its own: nothing of
 * the operator's is touched. What an agent is refused afterwards proves each revocation.
 */
export async function selftest({ config, logger, wait_ms }: SelftestOptions): Promise<Tried[]> {
  const dir = await mkdtemp(join(tmpdir(), 'tripline-selftest-'));
  const receiver = await openReceiver();
  process.env[SECRET_ENV] = receiver.secret;
  try {
    const tripline = await openTripline({ config: privately(config, dir, receiver.url), policy: POLICY, logger });
    try {
      const { ingest } = await openDoors(tripline);
      return await attackAll(tripline, ingest.url, wait_ms);
    } finally {
      await tripline.close();
    }
  } finally {
    delete process.env[SECRET_ENV];
    await receiver.close();
    await rm(dir, { recursive: true, force: true });
  }
}

function privately(own: Config, data_dir: string, url: string): Config {
  const receivers = { selftest: { type: 'webhook', url, secrets: [{ env: SECRET_ENV }], allow_private: true } };
  return parseConfig(
    {
      data_dir,
      ingest: { port: 0 },
      serve: { port: 0 },
      detect: { ...own.detect, snapshot_ms: 50 },
      respond: { receivers },
    },
    'The configuration of the selftest',
  );
}

interface Trial extends Tried {
  agent: string;
  /** Its order is about a credential, so that a refused use proves it. */
  revocable?: boolean;
}

async function attackAll(tripline: Tripline, door: string, wait_ms: number): Promise<Tried[]> {
  const at = Date.now();
  const run = `selftest-${randomBytes(4).toString('hex')}`;
  const prepared = new Map(
    prepareDetectors(DETECTORS, tripline.config.detect.detectors)
      .filter(({ name, detector }) => name === detector.id)
      .map((each) => [each.detector.id, each]),
  );
  const trials: Trial[] = [];
  const events: { time: string }[] = [];
  for (const { id: detector } of DETECTORS) {
    const known = prepared.get(detector);
    const id = `${run}-${detector}`;
    const own = known && posted(known.detector.attack?.({ at, id, config: known.config }) ?? [], { at, id });
    const result = own === undefined ? 'off' : own.length === 0 ? 'nothing to find' : 'missed';
    trials.push({ detector, result, agent: id });
    events.push(...((own ?? []) as { time: string }[]));
  }
  const found = watch(tripline, trials);
  // One producer: what comes out of order would be late.
  await post(
    door,
    events.sort((a, b) => Date.parse(a.time) - Date.parse(b.time)),
  );
  await tripline.settled();
  await until(wait_ms, () => trials.every(({ result, order }) => result !== 'fired' || order !== 'sent'));
  await post(door, refusals(found.orders.values(), at + 1000));
  await until(wait_ms, () => trials.every(({ order, revocable }) => order !== 'accepted' || !revocable));
  await tripline.settled();
  found.stop();
  return trials.map(({ agent: _, revocable: __, ...tried }) => tried);
}

/** Fills the trials in as alerts and orders come. */
function watch({ live }: Tripline, trials: readonly Trial[]) {
  const byAlert = new Map<string, Trial>();
  const orders = new Map<string, Order>();
  const sent = new Map<string, number>();
  const stop = live.listen((item) => {
    if (item.type === 'alert') {
      const { alert_id, detector, agent_id, credential, subject, appended, detected } = item.row;
      const trial = trials.find((each) => each.detector === detector);
      const isOurs = [agent_id, credential, subject].some((text) => text.includes(trial?.agent ?? '\0'));
      if (trial === undefined || !isOurs || trial.result === 'fired') return;
      Object.assign(trial, { result: 'fired', alert_id, event_to_alert_ms: Math.max(0, detected - appended) });
      byAlert.set(alert_id, trial);
    } else if (item.type === 'revocation') {
      const { row } = item;
      const trial = byAlert.get(row.alert_id);
      if (trial === undefined) return;
      Object.assign(trial, { order: row.state, revocable: row.target_kind === 'credential' });
      orders.set(row.order_id, row);
      if (row.state === 'sent') {
        sent.set(row.order_id, row.time);
        trial.event_to_order_ms = Math.max(0, row.time - row.event_appended);
      }
      if (row.state === 'confirmed') trial.order_to_confirmed_ms = row.time - (sent.get(row.order_id) ?? row.time);
    }
  });
  return { orders, stop };
}

/** A refused use of everything that was revoked. */
function refusals(orders: Iterable<Order>, at: number): object[] {
  return [...orders]
    .filter(({ state, target_kind }) => state === 'accepted' && target_kind === 'credential')
    .map(({ order_id, target, agent_id, tenant }) => ({
      event_id: `refused-${order_id}`,
      time: new Date(at).toISOString(),
      kind: 'token_use',
      tenant,
      agent_id,
      credential: target,
      outcome: 'denied',
      error_status: 401,
      error_type: 'invalid_token',
    }));
}

async function post(door: string, events: readonly object[]): Promise<void> {
  if (events.length === 0) return;
  const response = await fetch(`${door}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  const answer = (await response.json()) as { accepted?: number };
  if (answer.accepted !== events.length)
    throw new TriplineError(
      'TRIPLINE_SELFTEST_FAILED',
      `The door took ${answer.accepted ?? 0} of ${events.length} events`,
    );
}

const LOOK_MS = 20;

/** Resolves when it holds, or when the time is up. */
async function until(wait_ms: number, holds: () => boolean): Promise<void> {
  const end = performance.now() + wait_ms;
  while (!holds() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
