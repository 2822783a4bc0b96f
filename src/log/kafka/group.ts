import { setTimeout as delay } from 'node:timers/promises';
import { hasCode, TriplineError } from '../../errors.ts';
import type { Feed, FeedOptions } from '../feed.ts';
import type { PartitionTask, Subscription } from '../log.ts';
import { type PartitionLoop, startLoop } from '../partition-loop.ts';
import { joinGroup, type Member, type MemberOptions } from './member.ts';

export interface GroupOptions {
  member: Omit<MemberOptions, 'owned' | 'assigned'>;
  feed: FeedOptions;
  /** Makes us the only one that writes for the partition. */
  claim(partition: number, verify: () => Promise<void>): Promise<Claim>;
  open(partition: number): Promise<PartitionTask>;
}

export interface Claim {
  feed: Feed;
  /** @param lost because another process has it, so that what is still on its way is refused */
  release(lost: boolean): Promise<void>;
}

interface Running {
  loop: PartitionLoop;
  claim: Claim;
}

/**
 * The partitions that the group gives to this process, one loop each. Those that stay with it run on while the group is shared
 * out anew; one that went to another process ends, whatever it was about to write refused.
 * Resolves when those of the first assignment are open.
 */
export async function subscribeGroup(options: GroupOptions): Promise<Subscription> {
  const running = new Map<number, Running>();
  const first = createEnd();
  const over = createEnd();
  let member: Member | undefined;
  let closing: Promise<void> | undefined;
  let failure: { error: unknown } | undefined;
  let wanted: readonly number[] = [];
  let turn: Promise<void> = Promise.resolve();

  const fail = (error: unknown) => {
    failure ??= { error };
    first.reject(failure.error);
    void close();
  };
  const stop = async (partition: number) => {
    const ours = running.get(partition);
    // It was lost in two ways at once: its writer was pushed out, and the group went on without us.
    if (ours === undefined) return;
    const { loop, claim } = ours;
    loop.stop();
    await loop.ended.catch(() => {});
    running.delete(partition);
    await claim.release(!closing);
  };
  const start = async (partition: number) => {
    const claim = await options.claim(partition, () => member!.verify());
    try {
      const task = await options.open(partition);
      const loop = startLoop(task, claim.feed, options.feed);
      running.set(partition, { loop, claim });
      loop.ended.catch((error: unknown) => {
        if (!hasCode(error, 'TRIPLINE_PARTITION_LOST')) fail(error);
        else inTurn(() => stop(partition).then(() => member?.rejoin()));
      });
    } catch (error) {
      await claim.release(false);
      throw error;
    }
  };
  const reconcile = async () => {
    const gone = [...running.keys()].filter((partition) => !wanted.includes(partition));
    await Promise.all(gone.map(stop));
    const added = wanted.filter((partition) => !running.has(partition));
    const opened = await Promise.allSettled(added.map(start));
    const refused = opened.find((result) => result.status === 'rejected');
    if (refused) throw refused.reason;
    first.resolve();
  };
  const inTurn = (work: () => Promise<void>) => {
    turn = turn.then(work).catch(async (error: unknown) => {
      if (closing) return;
      if (!(error instanceof TriplineError && (error.retriable || error.code === 'TRIPLINE_PARTITION_LOST')))
        return fail(error);
      await delay(options.feed.retry_ms_min);
      member?.rejoin();
    });
  };
  const close = () => {
    closing ??= (async () => {
      for (const { loop } of running.values()) loop.stop();
      await turn;
      await Promise.all([...running.keys()].map(stop));
      await member?.leave();
      if (failure) over.reject(failure.error);
      else over.resolve();
    })();
    return closing;
  };

  member = await joinGroup({
    ...options.member,
    owned: () => [...running.keys()],
    assigned(partitions) {
      wanted = partitions;
      inTurn(reconcile);
    },
  });
  member.ended.catch(fail);
  await first.promise.catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return subscriptionOf(running, () => failure, over.promise, close);
}

function subscriptionOf(
  running: ReadonlyMap<number, Running>,
  failure: () => { error: unknown } | undefined,
  finished: Promise<void>,
  close: () => Promise<void>,
): Subscription {
  return {
    finished,
    async drained() {
      const failed = failure();
      if (failed) throw failed.error;
      await Promise.all([...running.values()].map(({ loop }) => loop.drained()));
    },
    lag: () => [...running.values()].reduce((records, { loop }) => records + loop.lag(), 0),
    close,
  };
}

/** A promise that is settled from outside; nobody need listen. */
function createEnd() {
  let resolve = () => {};
  let reject = (_error: unknown) => {};
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}
