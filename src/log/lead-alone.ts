import type { Lead, LeadTask, Log } from './log.ts';

/** Leading where no other process can be. */
export async function leadAlone(log: Log, open: (log: Log) => Promise<LeadTask>): Promise<Lead> {
  const task = await open(log);
  let end = () => {};
  const closed = new Promise<void>((resolve) => {
    end = resolve;
  });
  const finished = Promise.race([closed, task.finished.then(() => closed)]);
  finished.catch(() => {});
  return {
    finished,
    async close() {
      await task.close();
      end();
    },
  };
}
