import type { Commit, Topic } from '../log.ts';
import type { Cluster } from './client.ts';
import { asOurs } from './errors.ts';
import { type KafkaLogConfig, topicName } from './topics.ts';

/** Committed offsets. A group of ours is a group of Kafka's for each topic, since its members are. */
export function createCommits(config: KafkaLogConfig, reads: Cluster) {
  /** Made durable here; the brokers may need a moment until they tell. */
  const own = new Map<string, number>();
  const groupId = ({ group, topic }: Pick<Commit, 'group' | 'topic'>) =>
    `${config.kafka.topic_prefix}${group}.${topic}`;
  const nameOf = (group: string, topic: Topic, partition: number) => `${groupId({ group, topic })}/${partition}`;

  return {
    groupId,
    done(commits: readonly Commit[]): void {
      for (const { group, topic, partition, offset } of commits) own.set(nameOf(group, topic, partition), offset);
    },
    of(group: string, topic: Topic, partition: number): Promise<number | undefined> {
      return asOurs(async () => {
        const id = groupId({ group, topic });
        const coordinator = await reads.findGroupCoordinator({ groupId: id });
        const topics = [{ topic: topicName(config, topic), partitions: [{ partition }] }];
        const { responses } = await coordinator.offsetFetch({ groupId: id, topics });
        const told = Number(responses[0]?.partitions[0]?.offset ?? -1);
        const latest = Math.max(told, own.get(nameOf(group, topic, partition)) ?? -1);
        return latest < 0 ? undefined : latest;
      });
    },
  };
}
