import type { Log, Topic } from './log.ts';

/** How far a group is behind on some topics, by what it has committed: what another process's work looks like from here. In offsets, holes included. */
export async function lagOf(log: Log, group: string, topics: readonly Topic[]): Promise<number> {
  const places = topics.flatMap((topic) =>
    Array.from({ length: log.partitions(topic) }, (_, partition) => ({ topic, partition })),
  );
  const lags = await Promise.all(
    places.map(async ({ topic, partition }) => {
      const [{ first, next }, committed] = await Promise.all([
        log.bounds(topic, partition),
        log.committed(group, topic, partition),
      ]);
      return Math.max(0, next - (committed ?? first));
    }),
  );
  return lags.reduce((sum, lag) => sum + lag, 0);
}
