import type { AgentEvent } from '../event/event.ts';
import { rowOf } from '../event/field.ts';
import { GAP, type Gap } from '../event/reject.ts';

export type GapReason = 'late' | 'detector_failed' | 'frame_corrupt';

/** Events that detectors did not see, summed until they are written. */
export function createGaps() {
  let gaps = new Map<string, Gap & { -readonly [K in 'time_from' | 'time_to' | 'events']: number }>();
  return {
    add(reason: GapReason, detector: string, event: Pick<AgentEvent, 'tenant' | 'producer' | 'time'>): void {
      const key = JSON.stringify([reason, detector, event.tenant, event.producer]);
      let gap = gaps.get(key);
      if (gap === undefined) {
        const { tenant, producer, time } = event;
        gap = rowOf(GAP, { tenant, producer, detector, reason, time_from: time, time_to: time });
        gaps.set(key, gap);
      }
      gap.time_from = Math.min(gap.time_from, event.time);
      gap.time_to = Math.max(gap.time_to, event.time);
      gap.events += 1;
    },
    /** Hands over what was summed, and begins again. */
    take(recorded: number): Gap[] {
      const taken = Array.from(gaps.values(), (gap) => ({ ...gap, recorded }));
      gaps = new Map();
      return taken;
    },
  };
}
