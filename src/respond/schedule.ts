import type { RespondConfig } from './config.ts';

type Waits = Pick<RespondConfig, 'retry_front_ms' | 'retry_tail_ms' | 'retry_tail_max_ms' | 'retry_jitter_share'>;

/**
 * Wait before attempt `attempt` (from 1) at a receiver, in ms. The second attempt comes exactly as configured, to be fast;
 * later ones get jitter, so that receivers are not hit by all orders at once when they come back.
 * @param random 0 up to 1
 */
export function waitBefore(attempt: number, waits: Waits, random: number): number {
  const front = waits.retry_front_ms[attempt - 1];
  const wait =
    front ?? Math.min(waits.retry_tail_max_ms, waits.retry_tail_ms * 2 ** (attempt - 1 - waits.retry_front_ms.length));
  return attempt <= 2 ? wait : Math.round(wait * (1 + waits.retry_jitter_share * random));
}
