import type { Agent } from '../agent.ts';
import type { Reply } from '../send.ts';

export interface Persistence {
  /** Tries at most, when nobody stops it. */
  attempts_max: number;
  /** Refusals of a dead token after which it gives up. */
  refusals_max?: number;
  gap_ms: number;
}

/** Somebody who is cut off tries a few times more, and gives up. True when it was cut off. */
export async function persist(
  agent: Agent,
  { attempts_max, refusals_max = 3, gap_ms }: Persistence,
  attempt: (n: number) => Promise<Reply>,
): Promise<boolean> {
  let refusals = 0;
  for (let n = 0; n < attempts_max && refusals < refusals_max; n += 1) {
    const { status } = await attempt(n);
    if (status === 401) refusals += 1;
    await agent.pause(gap_ms);
  }
  return refusals > 0;
}
