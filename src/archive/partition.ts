import type { Log, PartitionTask, StateWrite } from '../log/log.ts';
import { stateEntry } from '../log/state-entry.ts';
import { openAside } from './aside.ts';
import { type Block, createQueue, type Queue } from './block.ts';
import { openChain } from './chain.ts';
import { insert, type PartitionOptions, retrying } from './insert.ts';

export interface ArchiveTask extends PartitionTask {
  /** Records taken from the log and not yet in the store. */
  waiting(): number;
  /** Writes everything that waits. */
  flush(): Promise<void>;
}

/**
 * One partition on its way into one table. Before an insert the block is planned in the log's state, so that after a
 * crash the same frames go in under the same token; after it the offset is committed.
 */
export async function openPartition(options: PartitionOptions): Promise<ArchiveTask> {
  const { log, config, group, topic, partition, stop } = options;
  const position = (await log.committed(group, topic, partition)) ?? (await log.bounds(topic, partition)).first;
  const queue = createQueue(config);
  const writeNext = await openWriter(options, queue, position);
  let tail: Promise<unknown> = Promise.resolve();

  /** Calls come from the log and from flush: one after another. Ends early, without an error, when the archive stops. */
  function inTurn(run: () => Promise<void>): Promise<void> {
    const turn = tail.then(async () => {
      try {
        if (!stop.aborted) await run();
      } catch (error) {
        if (!stop.aborted) throw error;
      } finally {
        options.report();
      }
    });
    tail = turn.catch(() => {});
    return turn;
  }

  async function writeDue(now: number): Promise<void> {
    for (let first = queue.first(); first !== undefined; first = queue.first()) {
      if (!queue.isFull() && now - first.appended < config.block_ms) return;
      if (!(await writeNext())) return;
    }
  }

  return {
    position,
    process: (records) =>
      inTurn(async () => {
        queue.add(records);
        await writeDue(records.at(-1)?.appended ?? 0);
      }),
    tick: (now) => inTurn(() => writeDue(now)),
    flush: () =>
      inTurn(async () => {
        while (queue.length() > 0 && (await writeNext()));
      }),
    waiting: queue.length,
  };
}

/** A block that was about to be inserted: [from, to). Kept in the log until the offset after it is committed. */
interface Plan {
  from: number;
  to: number;
}

const PLAN = 'block';

/** Writes the queue's next block into the store; false while the records of a block planned before a crash are still to come. */
async function openWriter(options: PartitionOptions, queue: Queue, position: number) {
  const { log, group, topic, partition, table, metrics } = options;
  const scope = `archive/${topic}/${partition}`;
  const aside = await openAside(options);
  const chain = await openChain(options, scope);
  let plan = await readPlan(log, scope, position);

  async function insertPlanned(block: Block) {
    if (plan?.from !== block.from || plan.to !== block.to) {
      const next: Plan = { from: block.from, to: block.to };
      const value = Buffer.from(JSON.stringify(next));
      await retrying(options, () =>
        log.write({ owner: { group, topic, partition }, state: [{ scope, key: PLAN, value }] }),
      );
      plan = next;
    }
    return insert(options, block);
  }

  return async (): Promise<boolean> => {
    const first = queue.first()!;
    // Where retention took the start of the planned block, it cannot be made again.
    if (plan?.from !== first.offset) plan = undefined;
    if (plan !== undefined && queue.last()!.offset < plan.to - 1) return false;
    let block = queue.block(plan?.to);
    let refused = await insertPlanned(block);
    while (refused !== undefined && block.count > 1) {
      // Nothing of it was stored. Smaller blocks until the frame that is to blame stands alone.
      block = queue.half(block);
      refused = await insertPlanned(block);
    }
    const state: StateWrite[] = [{ scope, key: PLAN, value: undefined }];
    state.push(...(refused === undefined ? await chain.add(block) : aside.put(first, refused)));
    await retrying(options, () => log.write({ commit: [{ group, topic, partition, offset: block.to }], state }));
    plan = undefined;
    queue.remove(block);
    if (refused === undefined) metrics.storeRows.inc({ table }, block.rows);
    return true;
  };
}

async function readPlan(log: Log, scope: string, position: number): Promise<Plan | undefined> {
  const value = await stateEntry(log, scope, PLAN);
  const plan = value && (JSON.parse(value.toString()) as Plan);
  // One that begins below belongs to a block whose offset was committed. Offsets may have holes: it can begin above.
  return plan && plan.from >= position ? plan : undefined;
}
