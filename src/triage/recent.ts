import type { Logger } from 'pino';
import { ACT, type Act } from '../act/act.ts';
import { TriplineError } from '../errors.ts';
import { terse, toJson } from '../event/json.ts';
import type { Live } from '../live/live.ts';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Store } from '../store/store.ts';
import { actsFrom } from './desk.ts';

/** Acts that the log has and the store does not have yet: with them, whoever asks the store sees what was just done. */
export interface Recent {
  /** What this process knows to be durable, before it comes by through the log. */
  add(acts: readonly Act[]): void;
  size(): number;
  /** All acts as a table expression with its bound parameter; a row may be there twice until the next look. */
  acts(): Relation;
  /** Resolves when the store has all but `left` of them, or after `wait_ms_max`. */
  stored(left: number, wait_ms_max: number): Promise<void>;
  close(): Promise<void>;
}

/** Something to select from. */
export interface Relation {
  sql: string;
  params: Record<string, unknown>;
}

export interface RecentDeps {
  log: Log;
  live: Pick<Live, 'listen'>;
  store: Pick<Store, 'query'>;
  /** Consumer group of the archive: what it has committed is in the store. */
  archive_group: string;
  metrics: Pick<Metrics, 'actsUnstored'>;
  logger: Pick<Logger, 'warn'>;
  look_ms?: number;
}

const LOOK_MS = 500;
const IDS_PER_LOOK = 2000;

export async function followRecent(deps: RecentDeps): Promise<Recent> {
  const { log, live, store, archive_group, metrics, logger, look_ms = LOOK_MS } = deps;
  const unstored = new Map<string, Act>();
  const waiting = new Set<() => void>();
  const changed = () => {
    metrics.actsUnstored.set(unstored.size);
    for (const wake of waiting) wake();
  };
  const add = (acts: readonly Act[]) => {
    for (const act of acts) unstored.set(act.act_id, act);
    changed();
  };
  const unlisten = live.listen((item) => item.type === 'act' && add([item.row]));
  for (let partition = 0; partition < log.partitions('audit'); partition++)
    for await (const act of actsFrom(log, partition, await log.committed(archive_group, 'audit', partition)))
      add([act]);

  const look = async (): Promise<void> => {
    const ids = [...unstored.keys()].slice(0, IDS_PER_LOOK);
    if (ids.length === 0) return;
    const rows = await store.query<{ act_id: string }>(
      'SELECT DISTINCT act_id FROM audit WHERE act_id IN {ids:Array(String)}',
      { ids },
    );
    for (const { act_id } of rows) unstored.delete(act_id);
    changed();
  };
  let looking: Promise<void> | undefined;
  const timer = setInterval(() => {
    looking ??= look()
      .catch((error: unknown) => {
        if (!(error instanceof TriplineError)) throw error;
        logger.warn({ err: error }, 'It is not known which acts the store has');
      })
      .finally(() => {
        looking = undefined;
      });
  }, look_ms);
  timer.unref();

  return {
    add,
    size: () => unstored.size,
    acts: () => relationOf([...unstored.values()]),
    stored: (left, wait_ms_max) => until(() => unstored.size <= left, waiting, wait_ms_max),
    async close() {
      unlisten();
      clearInterval(timer);
      await looking;
    },
  };
}

function until(isDone: () => boolean, waiting: Set<() => void>, wait_ms_max: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      waiting.delete(wake);
      resolve();
    };
    const wake = () => isDone() && done();
    const timer = setTimeout(done, wait_ms_max);
    waiting.add(wake);
    wake();
  });
}

const NAMES = ACT.columns.map(({ name }) => name).join(', ');
const TUPLE = ACT.columns
  .map(({ name, type }) => `${name} ${type.startsWith('Low') || type.startsWith('DateTime') ? 'String' : type}`)
  .join(', ');
/** Columns of the tuple as the table has them. */
const CAST = ACT.columns.map(({ name, type }) => castOf(name, type)).join(', ');

function castOf(name: string, type: string): string {
  if (!type.startsWith('DateTime')) return `CAST(t.${name} AS ${type}) AS ${name}`;
  // A time that says nothing is left out of the JSON.
  return `parseDateTime64BestEffortOrZero(t.${name}, 3, 'UTC') AS ${name}`;
}

/** The table of acts, with those that it does not have. */
export function relationOf(unstored: readonly Act[]): Relation {
  if (unstored.length === 0) return { sql: ACT.name, params: {} };
  const rows = unstored.map((act) => terse(toJson(ACT, act)));
  return {
    sql: `(SELECT ${NAMES} FROM ${ACT.name} UNION ALL SELECT ${CAST}
      FROM (SELECT arrayJoin(JSONExtract({unstored_acts:String}, 'Array(Tuple(${TUPLE}))')) AS t))`,
    params: { unstored_acts: JSON.stringify(rows) },
  };
}
