import type { Feed } from '../feed.ts';
import type { LeadTask, PartitionTask } from '../log.ts';

/** Of a partition that exists in its group only: whoever has it leads. */
export const NOTHING: Feed = {
  next: () => 0,
  end: async () => 0,
  read: async (next) => ({ records: [], next }),
  time: () => 0,
  onAppend: () => () => {},
};

/** Leading as the task of such a partition: what ends the one ends the other. */
export function leading(task: LeadTask): PartitionTask {
  let failure: { error: unknown } | undefined;
  task.finished.catch((error: unknown) => {
    failure = { error };
  });
  return {
    position: 0,
    process: async () => {},
    async tick() {
      if (failure) throw failure.error;
    },
    close: () => task.close(),
  };
}
