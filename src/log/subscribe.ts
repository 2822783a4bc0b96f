import type { Feed, FeedOptions } from './feed.ts';
import type { PartitionTask, Subscription } from './log.ts';
import { startLoop } from './partition-loop.ts';

/**
 * Opens a task for every feed (its index is the partition) and runs one loop each.
 * Rejects, with the opened tasks closed, when one cannot be opened.
 */
export async function subscribeFeeds(
  feeds: readonly Feed[],
  options: FeedOptions,
  open: (partition: number) => Promise<PartitionTask>,
): Promise<Subscription> {
  const opened = await Promise.allSettled(feeds.map((_, partition) => open(partition)));
  const refused = opened.find((result) => result.status === 'rejected');
  if (refused) {
    await Promise.all(opened.map((result) => (result.status === 'fulfilled' ? result.value.close?.() : undefined)));
    throw refused.reason;
  }
  const tasks = opened.map((result) => (result as PromiseFulfilledResult<PartitionTask>).value);
  const loops = tasks.map((task, partition) => startLoop(task, feeds[partition]!, options));
  const stop = () => {
    for (const loop of loops) loop.stop();
  };
  for (const loop of loops) loop.ended.catch(stop);
  // One partition that cannot go on ends all of them; the error is told once all calls have returned.
  const finished = Promise.allSettled(loops.map((loop) => loop.ended)).then((ends) => {
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
  });
  return {
    finished,
    drained: async () => void (await Promise.all(loops.map((loop) => loop.drained()))),
    lag: () => loops.reduce((records, loop) => records + loop.lag(), 0),
    async close() {
      stop();
      await Promise.allSettled([finished]);
    },
  };
}
