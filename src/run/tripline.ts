import assert from 'node:assert';
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { DETECTORS } from '../../detectors/index.ts';
import { ARCHIVE_GROUP, type Archive, startArchive } from '../archive/index.ts';
import type { Config } from '../config/config.ts';
import type { Role } from '../config/roles.ts';
import { type Detect, startDetect } from '../detect/start.ts';
import type { Column } from '../event/field.ts';
import { followLive, type Live } from '../live/live.ts';
import type { Log } from '../log/log.ts';
import { openLog } from '../log/open.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import { STATES } from '../order/order.ts';
import { RESPOND_GROUP } from '../respond/engine.ts';
import type { Policy } from '../respond/policy.ts';
import type { Respond } from '../respond/respond.ts';
import { openStore, type Store } from '../store/index.ts';
import { followRecent, type Recent } from '../triage/index.ts';
import { createClosers } from './closers.ts';
import { credentialColumns } from './credential-columns.ts';
import { migrateWhenThere } from './migrate.ts';
import { type Responder, startResponder } from './responder/responder.ts';

/** A running Tripline. A part that no role of this process needs is not there, and asking for it is a mistake of ours. */
export interface Tripline {
  readonly config: Config;
  readonly log: Log;
  /** The log as ingest writes to it. */
  readonly inbox: Log;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly parts: Partial<Parts>;
  readonly store: Store;
  readonly live: Live;
  readonly recent: Recent;
  readonly detect: Detect;
  readonly archive: Archive;
  /** While this process responds. */
  readonly respond: Respond;
  readonly responder: Responder;
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

/** Of some roles only. */
export interface Parts {
  store: Store;
  archive: Archive;
  detect: Detect;
  live: Live;
  recent: Recent;
}

export interface TriplineOptions {
  config: Config;
  policy: Policy;
  logger: Logger;
  /** Called once the log is open, before what was kept is read. */
  opened?: () => Promise<void>;
}

/**
 * Opens log and store of the data folder and starts everything behind the door, in the order of the data.
 * @throws TriplineError TRIPLINE_DATA_DIR_LOCKED, TRIPLINE_DATA_DIR_UNUSABLE, TRIPLINE_CONFIG_INVALID, TRIPLINE_POLICY_INVALID
 */
export async function openTripline({ config, policy, logger, opened }: TriplineOptions): Promise<Tripline> {
  const { keep, add, close } = createClosers();
  try {
    const dir = resolve(config.data_dir);
    const metrics = createMetrics();
    const columns = credentialColumns(DETECTORS);
    const has = (role: Role) => config.roles.includes(role);
    // The log first: its lock answers for the whole folder.
    const { log, inbox } = await openLog(join(dir, 'log'), config.log, metrics, logger);
    keep(log);
    if (inbox !== log) keep(inbox);
    await opened?.();
    const shared = { log, metrics, logger };
    const parts: Partial<Parts> = {};
    if (has('archive') || has('serve')) {
      parts.store = keep(await openStore(join(dir, 'store'), config.store));
      add(await migrateWhenThere(parts.store, config.store, logger));
    }
    if (has('archive'))
      parts.archive = keep(await startArchive({ ...shared, store: parts.store!, config: config.archive }));
    const responder = keep(await startResponder({ ...shared, config, policy, credentialColumns: columns }));
    if (has('detect'))
      parts.detect = keep(await startDetect({ ...shared, detectors: DETECTORS, config: config.detect }));
    if (has('serve')) {
      const live = keep(await followLive(log, ownGroup('live', config) ?? 'live'));
      parts.live = live;
      parts.recent = keep(await followRecent({ ...shared, live, store: parts.store!, archive_group: ARCHIVE_GROUP }));
    }
    add(keepHouse({ log, metrics, logger, responder, parts }));
    const there = <T>(part: T | undefined): T => {
      assert(part !== undefined, `a part that is asked for runs here (roles: ${config.roles.join(', ')})`);
      return part;
    };
    return {
      config,
      log,
      inbox,
      metrics,
      logger,
      parts,
      responder,
      close,
      get store() {
        return there(parts.store);
      },
      get live() {
        return there(parts.live);
      },
      get recent() {
        return there(parts.recent);
      },
      get detect() {
        return there(parts.detect);
      },
      get archive() {
        return there(parts.archive);
      },
      get respond() {
        return there(responder.here());
      },
      credentialColumns: columns,
      onClose: add,
      ...watch({ archive: parts.archive, detect: parts.detect, live: parts.live, respond: responder }),
      async settled() {
        await parts.detect?.drained();
        await responder.here()?.drained();
        await parts.archive?.drained();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** On Kafka a group shares its partitions out: who follows all of them has one of its own. Undefined where the log is this process's alone. */
export function ownGroup(name: string, { log, data_dir }: Pick<Config, 'log' | 'data_dir'>): string | undefined {
  if (log.kafka === undefined) return undefined;
  const process = createHash('sha256')
    .update(`${hostname()}\0${resolve(data_dir)}`)
    .digest('hex')
    .slice(0, 12);
  return `${name}-${process}`;
}

const HOUSEKEEPING_MS = 10_000;

type House = Pick<Tripline, 'log' | 'metrics' | 'logger' | 'responder' | 'parts'>;

/** Retention and sizes, now and then. */
function keepHouse(house: House): () => Promise<void> {
  const { log, parts, metrics, logger } = house;
  let running: Promise<void> | undefined;
  const keep = async () => {
    try {
      count(house);
      await log.retain(Date.now());
      const bytes = await log.size();
      if (bytes !== undefined) metrics.logBytes.set(bytes);
      if (parts.store) metrics.storeBytes.set(await parts.store.size());
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

function count({ metrics, responder, parts: { archive } }: House): void {
  const respond = responder.here();
  if (respond !== undefined) {
    const { orders } = respond.status();
    for (const state of STATES) metrics.ordersNow.set({ state }, orders[state] ?? 0);
    metrics.consumerLag.set({ group: RESPOND_GROUP }, respond.lag());
  }
  if (archive !== undefined) metrics.archiveStalledMs.set(archive.stalledMs());
}

function watch(
  parts: Readonly<Record<string, { finished: Promise<unknown> } | undefined>>,
): Pick<Tripline, 'dead' | 'failed'> {
  const dead: string[] = [];
  const failed = new Promise<never>((_resolve, reject) => {
    for (const [name, part] of Object.entries(parts))
      part?.finished.catch((error: unknown) => {
        dead.push(name);
        reject(error);
      });
  });
  failed.catch(() => {});
  return { failed, dead: () => [...dead] };
}
