import { basename } from 'node:path';
import { type Entry, readTimed } from '../sources/files/index.ts';
import type { Timed } from '../sources/files/order.ts';
import { type Clock, createPace, systemClock } from '../sources/replay/clock.ts';
import { type Delivered, type DeliverOptions, deliver, type Outgoing } from '../sources/replay/deliver.ts';

export interface ReplayOptions {
  /** Files, replayed one after the other. */
  files: readonly string[];
  /** Base address of the server, such as http://127.0.0.1:4318. */
  to: string;
  /** How many times as fast as recorded. */
  speed: number | 'max';
  /** API key. */
  key?: string | undefined;
  /** Name of the feed; by default the base name of each file. */
  source?: string | undefined;
  onProgress?: ((progress: ReplayProgress) => void) | undefined;
  batch_events_max?: number;
  batch_chars_max?: number;
  /**
   * Batches on their way at one time. More than one may arrive out of order, which makes events late for
   * detectors; the next batch is prepared meanwhile in any case.
   */
  in_flight_max?: number;
  /** How long the server may go without taking anything. */
  retry_ms_max?: number;
  request_ms_max?: number;
  reasons_max?: number;
  clock?: Clock;
}

export interface ReplayReason {
  file: string;
  line: number;
  field: string;
  expected: string;
  got: string;
}

export interface ReplayCounts {
  /** Events and records of the files. */
  read: number;
  accepted: number;
  duplicates: number;
  /** Refused by the server, or no event already when read. */
  rejected: number;
  /** Healthy records that are not about agents. */
  ignored: number;
}
export interface ReplayProgress extends ReplayCounts {
  file: string;
}
export interface ReplayResult extends ReplayCounts {
  seconds: number;
  /** The first reasons of rejections. */
  reasons: ReplayReason[];
}

/**
 * Plays files to a running Tripline, in order of event time. Throws TRIPLINE_INPUT_UNREADABLE with file and
 * line, TRIPLINE_SERVER_UNREACHABLE, or TRIPLINE_UNAUTHORISED.
 */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const clock = options.clock ?? systemClock;
  const begin = clock.now();
  const counts: ReplayCounts = { read: 0, accepted: 0, duplicates: 0, rejected: 0, ignored: 0 };
  const reasons: ReplayReason[] = [];
  for (const path of options.files) {
    const file = basename(path);
    const reject = (why: Omit<ReplayReason, 'file'>) => {
      if (reasons.length < (options.reasons_max ?? 20)) reasons.push({ file, ...why });
    };
    const done = (delivered: Delivered) => {
      counts.accepted += delivered.accepted;
      counts.duplicates += delivered.duplicates;
      counts.rejected += delivered.rejected;
      delivered.reasons.forEach(reject);
      options.onProgress?.({ file, ...counts });
    };
    const sender = createSender({
      ...deliverOptions(options, file, clock),
      in_flight_max: options.in_flight_max ?? 1,
      done,
    });
    await playFile(path, options, clock, sender, counts, reject);
  }
  return { ...counts, seconds: (clock.now() - begin) / 1000, reasons };
}

function deliverOptions(options: ReplayOptions, file: string, clock: Clock): DeliverOptions {
  const { to, key, source = file, request_ms_max = 30_000, retry_ms_max = 60_000 } = options;
  return { to, key, source, request_ms_max, retry_ms_max, clock };
}

async function playFile(
  path: string,
  options: ReplayOptions,
  clock: Clock,
  sender: Sender,
  counts: ReplayCounts,
  reject: (why: Omit<ReplayReason, 'file'>) => void,
): Promise<void> {
  const { batch_events_max = 1000, batch_chars_max = 4 << 20 } = options;
  const waitFor = createPace(options.speed, clock);
  let batch: Outgoing[] = [];
  let chars = 0;
  const flush = async () => {
    if (batch.length > 0) await sender.send(batch);
    batch = [];
    chars = 0;
  };
  for await (const entry of readTimed(path) as AsyncIterable<Timed<Entry>>) {
    const { mapped, line } = entry.value;
    counts.read += 1;
    if (!mapped.ok) {
      if (mapped.ignored) counts.ignored += 1;
      else {
        counts.rejected += 1;
        reject({ line, field: mapped.field, expected: mapped.expected, got: mapped.got });
      }
      continue;
    }
    const wait_ms = waitFor(entry.time_ms);
    if (wait_ms > 0) {
      await flush();
      await clock.sleep(wait_ms);
    }
    const json = JSON.stringify(mapped.event);
    if (batch.length >= batch_events_max || chars + json.length > batch_chars_max) await flush();
    batch.push({ json, line });
    chars += json.length;
  }
  await flush();
  await sender.end();
}

interface Sender {
  /** Resolves when another batch may be prepared, not when this one is delivered. */
  send(batch: readonly Outgoing[]): Promise<void>;
  end(): Promise<void>;
}

function createSender(options: DeliverOptions & { in_flight_max: number; done(delivered: Delivered): void }): Sender {
  const flights = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  const settle = async (below: number) => {
    while (flights.size >= below && flights.size > 0) await Promise.race(flights);
    if (failure !== undefined) throw failure.error;
  };
  return {
    async send(batch) {
      await settle(options.in_flight_max);
      const flight: Promise<void> = deliver(batch, options)
        .then(options.done)
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => flights.delete(flight));
      flights.add(flight);
    },
    end: () => settle(1),
  };
}
