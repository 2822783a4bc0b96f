import type { Timed } from '../files/order.ts';
import type { Clock } from './clock.ts';
import { type DeliverOptions, deliver, type Outgoing } from './deliver.ts';
import { feedOf } from './feed.ts';
import type { FileEntry } from './merge.ts';
import type { ReplayOptions } from './replay.ts';
import type { Tally } from './tally.ts';

/** Gathers entries into rounds of requests. One round is on its way while the next one is put together. */
export interface Courier {
  /** Resolves when another entry may come, not when this one is delivered. */
  take(entry: Timed<FileEntry>): Promise<void>;
  /** Sends what was gathered. */
  flush(): Promise<void>;
  /** Resolves when nothing is on its way; rejects with what went wrong there. */
  landed(): Promise<void>;
}

/** What goes out together: one request for each feed. */
interface Round {
  batches: Map<string, Outgoing[]>;
  /** Entries that it stands for, with those that became no event. */
  entries: number;
  events: number;
  chars: number;
  first_ms: number;
}

export function createCourier(options: ReplayOptions, clock: Clock, tally: Tally): Courier {
  const { batch_events_max = 1000, batch_chars_max = 4 << 20, mixed_ms_max = MIXED_MS_MAX } = options;
  const send = createSend(options, clock, tally);
  let round = emptyRound();
  let flight: Promise<void> = Promise.resolve();

  const flush = async () => {
    await flight;
    const leaving = round;
    round = emptyRound();
    flight = send(leaving);
    // It is awaited later, and may fail before.
    flight.catch(() => {});
  };
  const isFull = (feed: string, chars: number, time_ms: number) => {
    if (round.events >= batch_events_max || round.chars + chars > batch_chars_max) return true;
    const isMixed = round.batches.size > 1 || !round.batches.has(feed);
    return isMixed && time_ms - round.first_ms > mixed_ms_max;
  };

  return {
    flush,
    landed: () => flight,
    async take({ value, time_ms }) {
      const { file, line, mapped } = value;
      tally.counts.read += 1;
      if (mapped.ok) {
        const feed = options.source ?? feedOf(file);
        const json = JSON.stringify(mapped.event);
        if (round.events > 0 && isFull(feed, json.length, time_ms)) await flush();
        add(round, feed, { json, file, line }, time_ms);
      } else if (mapped.ignored) tally.counts.ignored += 1;
      else tally.refuse({ file, line, field: mapped.field, expected: mapped.expected, got: mapped.got });
      round.entries += 1;
    },
  };
}

/** Feeds of a live system are seconds apart too. */
const MIXED_MS_MAX = 5_000;

function createSend(options: ReplayOptions, clock: Clock, tally: Tally): (round: Round) => Promise<void> {
  const { to, key, signal, request_ms_max = 30_000, retry_ms_max = 60_000, onProgress } = options;
  const common: Omit<DeliverOptions, 'source'> = { to, key, signal, request_ms_max, retry_ms_max, clock };
  return async ({ batches, entries }) => {
    for (const [source, batch] of batches) tally.deliver(await deliver(batch, { ...common, source }));
    tally.finish(entries);
    onProgress?.(tally.counts);
  };
}

function emptyRound(): Round {
  return { batches: new Map(), entries: 0, events: 0, chars: 0, first_ms: 0 };
}

function add(round: Round, feed: string, outgoing: Outgoing, time_ms: number): void {
  if (round.events === 0) round.first_ms = time_ms;
  const batch = round.batches.get(feed);
  if (batch === undefined) round.batches.set(feed, [outgoing]);
  else batch.push(outgoing);
  round.events += 1;
  round.chars += outgoing.json.length;
}
