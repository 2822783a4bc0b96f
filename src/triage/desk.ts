import { ACT, type Act, type Draft } from '../act/act.ts';
import { copyRows } from '../event/frame/index.ts';
import { wallClock } from '../log/clock.ts';
import { framesOf } from '../log/frames.ts';
import type { Log } from '../log/log.ts';
import { recordsOf } from '../log/records.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { TriageConfig } from './config.ts';

/** What became of some acts: those that are durable, and the acts that others had done before. */
export interface Recorded {
  done: Act[];
  /** The last act on the object of each draft that was not made. */
  conflicts: Act[];
}

export interface Desk {
  /**
   * Makes acts durable. A draft whose version does not follow the last act on its object is a conflict; one that is durable already, as
   * when its answer was lost, is done.
   * @throws TriplineError of the log
   */
  record(drafts: readonly Draft[]): Promise<Recorded>;
}

export interface DeskDeps {
  log: Log;
  config: Pick<TriageConfig, 'objects_kept_max'>;
  metrics: Pick<Metrics, 'acts' | 'actConflicts'>;
  /** Epoch ms; the wall clock where absent. */
  clock?: () => number;
}

/** One process writes acts, one after another. What was last done to an object it knows from the log. */
export async function openDesk({ log, config, metrics, clock = wallClock() }: DeskDeps): Promise<Desk> {
  const last = createLast(config.objects_kept_max);
  for (let partition = 0; partition < log.partitions('audit'); partition++)
    for await (const act of actsFrom(log, partition)) last.put(act);
  let tail: Promise<unknown> = Promise.resolve();

  const record = async (drafts: readonly Draft[]): Promise<Recorded> => {
    const time = Math.round(clock());
    const done: Act[] = [];
    const fresh: Act[] = [];
    const conflicts: Act[] = [];
    for (const draft of drafts) {
      const known = last.get(draft);
      if (known?.act_id === draft.act_id) done.push(known);
      else if (known !== undefined && known.version !== draft.version - 1) conflicts.push(known);
      else fresh.push({ ...draft, time });
    }
    if (fresh.length > 0)
      await log.write({ append: framesOf(log, 'audit', ACT.columns, fresh, ({ object }) => object) });
    for (const act of fresh) {
      last.put(act);
      metrics.acts.inc({ act: act.act });
    }
    for (const { object_kind } of conflicts) metrics.actConflicts.inc({ object_kind });
    return { done: [...done, ...fresh], conflicts };
  };
  return {
    record(drafts) {
      const turn = tail.then(() => record(drafts));
      tail = turn.catch(() => {});
      return turn;
    },
  };
}

/** The last act on each of the objects that were acted on last. */
function createLast(objects_max: number) {
  const acts = new Map<string, Act>();
  const keyOf = ({ object_kind, object }: Pick<Act, 'object_kind' | 'object'>) => `${object_kind}/${object}`;
  return {
    get: (about: Pick<Act, 'object_kind' | 'object'>) => acts.get(keyOf(about)),
    put(act: Act): void {
      const key = keyOf(act);
      acts.delete(key);
      acts.set(key, act);
      if (acts.size > objects_max) acts.delete(acts.keys().next().value!);
    },
  };
}

/** Acts of a partition that the log has from an offset on, oldest first; without one, all of them. */
export async function* actsFrom(log: Log, partition: number, from?: number): AsyncGenerator<Act> {
  const { first, next } = await log.bounds('audit', partition);
  for await (const { frame } of recordsOf(log, 'audit', partition, Math.max(from ?? first, first), next))
    yield* copyRows(ACT, frame);
}
