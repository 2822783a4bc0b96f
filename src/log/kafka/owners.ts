import { TriplineError } from '../../errors.ts';
import type { Write } from '../log.ts';
import type { Writer } from './writer.ts';

type Named = NonNullable<Write['owner']>;

/** Writers of partitions that are ours, by group and place. */
export function createOwners(createWriter: (id: string, verify: () => Promise<void>) => Writer) {
  /** Undefined for one that went to another process. */
  const writers = new Map<string, Writer | undefined>();
  return {
    /** From now on whoever wrote as this owner before writes nothing more. Resolves with what gives it up. */
    async fence(owner: Named, verify: () => Promise<void>): Promise<(lost: boolean) => Promise<void>> {
      const writer = createWriter(`${owner.group}.${owner.topic}.${owner.partition}`, verify);
      await writer.open();
      writers.set(nameOf(owner), writer);
      return async (lost) => {
        if (lost) writers.set(nameOf(owner), undefined);
        else writers.delete(nameOf(owner));
        await writer.close();
      };
    },
    /**
     * A write is fenced by the partition it is for: that of its owner, or else of its first commit that is ours.
     * @throws TriplineError TRIPLINE_PARTITION_LOST
     */
    writerOf({ owner, commit = [] }: Write): Writer | undefined {
      const named = owner === undefined ? commit : [owner, ...commit];
      const owned = named.map(nameOf).filter((name) => writers.has(name));
      const lost = owned.find((name) => writers.get(name) === undefined);
      if (lost !== undefined) throw new TriplineError('TRIPLINE_PARTITION_LOST', `${lost} went to another process`);
      return owned[0] === undefined ? undefined : writers.get(owned[0]);
    },
  };
}

const nameOf = ({ group, topic, partition }: Named): string => `${group}/${topic}/${partition}`;
