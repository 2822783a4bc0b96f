import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { DETECTORS } from '../../detectors/index.ts';
import { type Archive, startArchive } from '../archive/index.ts';
import type { Config } from '../config/config.ts';
import { type Detect, startDetect } from '../detect/start.ts';
import { TriplineError } from '../errors.ts';
import type { Column } from '../event/field.ts';
import { followLive, type Live } from '../live/live.ts';
import type { LogConfig } from '../log/config.ts';
import type { Log } from '../log/log.ts';
import { openLog } from '../log/open.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import { STATES } from '../order/order.ts';
import { RESPOND_GROUP } from '../respond/engine.ts';
import { startNotify } from '../respond/notify/notify.ts';
import type { Policy } from '../respond/policy.ts';
import { type Respond, startRespond } from '../respond/respond.ts';
import { loadReceivers } from '../respond/revokers/index.ts';
import { openSigner, type Signer } from '../signing/signer.ts';
import { type Ssf, startSsf } from '../ssf/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { credentialColumns } from './credential-columns.ts';
import { migrateWhenThere } from './migrate.ts';

export interface Tripline {
  readonly config: Config;
  readonly log: Log;
  /** The log as ingest writes to it. */
  readonly inbox: Log;
  readonly store: Store;
  readonly live: Live;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly detect: Detect;
  readonly respond: Respond;
  readonly archive: Archive;
  readonly signer: Signer;
  /** Where it is configured. */
  readonly ssf: Ssf | undefined;
  /** Columns of the credentials topic. */
  readonly credentialColumns: readonly Column[];
  /** Runs before everything that was opened earlier is closed. */
  onClose(close: () => Promise<unknown>): void;
  /** Parts that cannot go on, by name. */
  dead(): string[];
  /** Rejects when a part cannot go on. */
  readonly failed: Promise<never>;
  /** Resolves when all that the log holds was judged, answered and stored. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface TriplineOptions {
  config: Config;
  policy: Policy;
  logger: Logger;
}

/**
 * Opens log and store of the data folder and starts everything behind the door, in the order of the data.
 * @throws TriplineError TRIPLINE_DATA_DIR_LOCKED, TRIPLINE_DATA_DIR_UNUSABLE, TRIPLINE_CONFIG_INVALID, TRIPLINE_POLICY_INVALID
 */
export async function openTripline({ config, policy, logger }: TriplineOptions): Promise<Tripline> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = once(async () => {
    for (const closer of closers.reverse()) await closer();
  });
  const keep = <T extends { close(): Promise<unknown> }>(part: T): T => {
    closers.push(() => part.close());
    return part;
  };
  try {
    const dir = resolve(config.data_dir);
    const metrics = createMetrics();
    const columns = credentialColumns(DETECTORS);
    // The log first: its lock answers for the whole folder.
    const { log, inbox } = await openLog(join(dir, 'log'), config.log, metrics, logger);
    keep(log);
    if (inbox !== log) keep(inbox);
    await waitAlone(log, logger);
    const store = keep(await openStore(join(dir, 'store'), config.store));
    closers.push(await migrateWhenThere(store, config.store, logger));
    const parts = { log, metrics, logger };
    const archive = keep(await startArchive({ ...parts, store, config: config.archive }));
    const signer = await openSigner({ dir, ...config.respond.signing });
    const receivers = loadReceivers(config.respond.receivers, { signer });
    const respond = keep(
      await startRespond({ ...parts, policy, receivers, config: config.respond, credentialColumns: columns }),
    );
    // Two that began at once have both seen nobody.
    if ((await log.others('alerts', RESPOND_GROUP)) > 0)
      throw new TriplineError(
        'TRIPLINE_RESPONDER_EXISTS',
        'Another process responds on this log; start again, and this one waits',
      );
    const notify = keep(await startNotify({ ...parts, chats: config.respond.chats }));
    const ssf = config.ssf === undefined ? undefined : keep(await startSsf({ ...parts, signer, config: config.ssf }));
    const detect = keep(await startDetect({ ...parts, detectors: DETECTORS, config: config.detect }));
    const live = keep(await followLive(log, liveGroup(config.log, dir)));
    closers.push(keepHouse({ log, store, metrics, logger, respond, archive }));
    return {
      config,
      log,
      inbox,
      store,
      live,
      metrics,
      logger,
      detect,
      respond,
      archive,
      signer,
      ssf,
      close,
      credentialColumns: columns,
      onClose: (closer) => closers.push(closer),
      ...watch({ archive, respond, detect, live, notify, ...(ssf && { ssf }) }),
      async settled() {
        await detect.drained();
        await respond.drained();
        await archive.drained();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** On Kafka a group shares its partitions out, and every process follows all of them: each has a group of its own. */
function liveGroup({ kafka }: LogConfig, dir: string): string {
  if (kafka === undefined) return 'live';
  return `live-${createHash('sha256').update(`${hostname()}\0${dir}`).digest('hex').slice(0, 12)}`;
}

const LOOK_MS = 1000;

/**
 * One process responds: two would both act on an order. Another one on the same log waits here until the first is gone, and then takes its
 * place with all that it knew.
 */
async function waitAlone(log: Log, logger: Logger): Promise<void> {
  let told = false;
  while ((await log.others('alerts', RESPOND_GROUP)) > 0) {
    if (!told) logger.warn('Another process responds on this log: this one waits, and takes its place when it is gone');
    told = true;
    await delay(LOOK_MS);
  }
}

const HOUSEKEEPING_MS = 10_000;

/** Retention and sizes, now and then. */
function keepHouse(
  parts: Pick<Tripline, 'log' | 'store' | 'metrics' | 'logger' | 'respond' | 'archive'>,
): () => Promise<void> {
  const { log, store, metrics, logger } = parts;
  let running: Promise<void> | undefined;
  const keep = async () => {
    try {
      count(parts);
      await log.retain(Date.now());
      const bytes = await log.size();
      if (bytes !== undefined) metrics.logBytes.set(bytes);
      metrics.storeBytes.set(await store.size());
    } catch (error) {
      logger.warn({ err: error }, 'Housekeeping failed and is tried again');
    }
  };
  const start = () => {
    running ??= keep().finally(() => {
      running = undefined;
    });
  };
  start();
  const timer = setInterval(start, HOUSEKEEPING_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}

function count({ metrics, respond, archive }: Pick<Tripline, 'metrics' | 'respond' | 'archive'>): void {
  const { orders } = respond.status();
  for (const state of STATES) metrics.ordersNow.set({ state }, orders[state] ?? 0);
  metrics.consumerLag.set({ group: RESPOND_GROUP }, respond.lag());
  const since = archive.stalledSince();
  metrics.archiveStalledMs.set(since === undefined ? 0 : Date.now() - since);
}

function watch(parts: Readonly<Record<string, { finished: Promise<unknown> }>>): Pick<Tripline, 'dead' | 'failed'> {
  const dead: string[] = [];
  const failed = new Promise<never>((_resolve, reject) => {
    for (const [name, part] of Object.entries(parts))
      part.finished.catch((error: unknown) => {
        dead.push(name);
        reject(error);
      });
  });
  failed.catch(() => {});
  return { failed, dead: () => [...dead] };
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
