import * as z from 'zod';
import type { AgentEvent } from '../event/event.ts';
import type { Finding } from './detector.ts';
import { keyOf } from './windows/key.ts';
import type { Windows } from './windows/windows.ts';
import { duration } from './words.ts';

const ms = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

export const BlindSpotConfig = z
  .strictObject({
    learning_events_min: z.int().min(2).default(100).describe('Events of a producer before its silence says anything'),
    learning_ms_min: ms
      .default(691_200_000)
      .describe('How long a producer has reported before its silence says anything: a working week with its weekend'),
    silence_ms_min: ms
      .default(1_800_000)
      .describe('Silence below which nothing is said; also how often it is looked at'),
    pause_factor: z.number().min(1).default(2).describe('Times the longest usual pause of a producer that is silence'),
  })
  .prefault({});
export type BlindSpotConfig = z.output<typeof BlindSpotConfig>;

/** How a producer reports to this partition. Times are the log's: a batch with old times is no silence before it. */
interface Reports {
  tenant: string;
  producer: string;
  first: number;
  last: number;
  last_id: string;
  events: number;
  /** Longest pauses of the present period and of the one before: what does not come again is forgotten. */
  pause: number;
  pause_before: number;
  /** Begin of the present period. */
  since: number;
}

/** What Tripline appends itself comes when it acts, and is not missed. */
const OURS = 'tripline';

/**
 * Watches for producers that fall silent, by the log's own clock: it moves on by ticks and by whatever others report.
 * Nobody knows here what a producer sends to other partitions, so the pauses that count are those of this one.
 */
export function watchSilence(options: BlindSpotConfig & { producers_max: number }, windows: Windows) {
  const { silence_ms_min, producers_max: keys_max } = options;
  const reports = windows.cell<Reports>({ name: 'reports', keys_max });
  const expected = windows.absence<string>({ name: 'expected', keys_max, within_ms: silence_ms_min });
  let found: Finding | undefined;

  // It expires every `silence_ms_min`; a producer whose usual pauses are longer is looked at again.
  expected.expired.subscribe(({ key, time }) => {
    const known = reports.get(key);
    if (known === undefined) return;
    const now = time + silence_ms_min;
    const usual = Math.max(known.pause, known.pause_before);
    const limit = Math.max(silence_ms_min, options.pause_factor * usual);
    if (now - known.last < limit) return expected.open(key, now, key);
    const knows = known.events >= options.learning_events_min && known.last - known.first >= options.learning_ms_min;
    if (knows) found = silenceFinding(known, now, usual, options);
  });

  /** What the present record holds, by tenant and producer: it counts together. */
  const runs = new Map<string, Map<string, Run>>();
  const settle = (appended: number) => {
    for (const byProducer of runs.values()) {
      for (const run of byProducer.values()) {
        const key = keyOf(run.tenant, run.producer);
        const known = reports.get(key);
        reports.set(key, appended, known ? reported(known, run, appended, options) : begun(run, appended));
        expected.open(key, appended, key);
      }
    }
    runs.clear();
  };

  return {
    /** An event of a producer. */
    heard({ tenant, producer, event_id }: AgentEvent): void {
      if (producer === OURS) return;
      let byProducer = runs.get(tenant);
      if (byProducer === undefined) {
        byProducer = new Map();
        runs.set(tenant, byProducer);
      }
      const run = byProducer.get(producer);
      if (run === undefined) byProducer.set(producer, { tenant, producer, last_id: event_id, events: 1 });
      else {
        run.last_id = event_id;
        run.events += 1;
      }
    },
    /** The record that was appended at `appended` ends here. */
    settle,
    /** What came up since it was last asked. */
    take(): Finding | undefined {
      const taken = found;
      found = undefined;
      return taken;
    },
  };
}

type Run = Pick<Reports, 'tenant' | 'producer' | 'last_id' | 'events'>;

function begun(run: Run, now: number): Reports {
  return { ...run, first: now, last: now, pause: 0, pause_before: 0, since: now };
}

function reported(known: Reports, { last_id, events }: Run, now: number, options: BlindSpotConfig): Reports {
  const pause = Math.max(known.pause, now - known.last);
  const newer = { ...known, last: now, last_id, events: known.events + events };
  if (now - known.since < options.learning_ms_min) return { ...newer, pause };
  return { ...newer, pause: 0, pause_before: pause, since: now };
}

function silenceFinding(known: Reports, now: number, usual: number, options: BlindSpotConfig): Finding {
  const { tenant, producer, first, last, last_id, events } = known;
  const silence_ms = Math.floor(now - last);
  const name = options.pause_factor * usual > options.silence_ms_min ? 'pause_factor' : 'silence_ms_min';
  return {
    reason: 'producer_silent',
    subject_kind: 'producer',
    subject: producer,
    confidence: 0.7,
    summary: `Producer ${producer} has reported nothing for ${duration(silence_ms)}, after ${events} events at most ${duration(usual)} apart: what happens there is not seen.`,
    // No event crosses anything here.
    event_ids: [],
    producers: [producer],
    window_from: Math.floor(last),
    window_to: Math.floor(now),
    threshold_name: name,
    threshold: options[name],
    observed: name === 'pause_factor' ? Math.round((100 * silence_ms) / usual) / 100 : silence_ms,
    evidence: {
      last_event: last_id,
      events: String(events),
      mean_interval_ms: String(Math.floor((last - first) / (events - 1))),
      usual_pause_ms: String(Math.floor(usual)),
      reports_since: new Date(first).toISOString(),
    },
    about: { tenant },
  };
}
