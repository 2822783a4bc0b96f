import type { Subscription } from './log.ts';

/** Subscribes at once, since each may have to wait for other processes. When one is refused the others are closed. */
export async function subscribeAll(calls: readonly Promise<Subscription>[]): Promise<Subscription[]> {
  const results = await Promise.allSettled(calls);
  const opened = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const refused = results.find((result) => result.status === 'rejected');
  if (refused === undefined) return opened;
  await Promise.all(opened.map((subscription) => subscription.close()));
  throw refused.reason;
}
