import { TriplineError } from '../../errors.ts';
import { type Clock, createPace, systemClock } from './clock.ts';
import { createCourier } from './courier.ts';
import type { Reason } from './deliver.ts';
import { FEED_NAME } from './feed.ts';
import { mergeFiles } from './merge.ts';
import { createTally, type ReplayCounts, type Tally } from './tally.ts';

export interface ReplayOptions {
  files: readonly string[];
  /** Base address of the door, such as http://127.0.0.1:4318. */
  to: string;
  /** How many times as fast as recorded. */
  speed: number | 'max';
  /** API key. */
  key?: string | undefined;
  /** One name of the feed for all files; by default each file is a feed of its own, named after it. */
  source?: string | undefined;
  /** Events and records to pass over: what an interrupted replay of the same files had done. */
  skip?: number | undefined;
  onProgress?: ((progress: ReplayCounts) => void) | undefined;
  /** Stops the replay after the request that is under way. */
  signal?: AbortSignal | undefined;
  batch_events_max?: number;
  batch_chars_max?: number;
  /** Event time within which events of several feeds may share a round of requests, one for each feed. */
  mixed_ms_max?: number;
  /** How long the server may go without taking anything. */
  retry_ms_max?: number | undefined;
  request_ms_max?: number;
  reasons_max?: number;
  clock?: Clock;
}

export interface ReplayResult extends ReplayCounts {
  seconds: number;
  /** The first reasons of rejections. */
  reasons: Reason[];
  /** Only after an interruption: how many to skip, to go on from there. */
  stopped_after?: number;
}

/**
 * Plays files to a running Tripline, all of them in one order of event time. Every event is delivered at least once, and its id
 * makes a repeat harmless.
 * @throws TriplineError TRIPLINE_CONFIG_INVALID, TRIPLINE_INPUT_UNREADABLE with file and line, TRIPLINE_SERVER_UNREACHABLE or
 * TRIPLINE_UNAUTHORISED; the message says what had arrived by then
 */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  check(options);
  const clock = options.clock ?? systemClock;
  const begin = clock.now();
  const tally = createTally(options.reasons_max ?? 20);
  const stopped = await play(options, clock, tally);
  const seconds = Math.round(clock.now() - begin) / 1000;
  const result = { ...tally.counts, seconds, reasons: tally.reasons };
  return stopped ? { ...result, stopped_after: tally.done } : result;
}

/** True when it was interrupted. */
async function play(options: ReplayOptions, clock: Clock, tally: Tally): Promise<boolean> {
  const { files, skip = 0, speed, signal } = options;
  const courier = createCourier(options, clock, tally);
  const waitFor = createPace(speed, clock);
  try {
    for await (const entry of mergeFiles(files)) {
      if (signal?.aborted) break;
      if (tally.counts.skipped < skip) {
        tally.skip();
        continue;
      }
      const wait_ms = waitFor(entry.time_ms);
      if (wait_ms > 0) {
        await courier.flush();
        await clock.sleep(wait_ms, signal);
      }
      await courier.take(entry);
    }
    if (!signal?.aborted) await courier.flush();
    await courier.landed();
    return signal?.aborted === true;
  } catch (error) {
    if (signal?.aborted) {
      await courier.landed().catch(() => {});
      return true;
    }
    throw withPlace(error, tally);
  }
}

function check({ to, source }: ReplayOptions): void {
  if (!URL.canParse(to) || !/^https?:$/.test(new URL(to).protocol))
    throw invalid(`The door has an address such as http://127.0.0.1:4318, and not ${to}`);
  if (source !== undefined && !FEED_NAME.test(source))
    throw invalid(`The name of a feed is 1 to 64 of a-z, 0-9, dot, dash, underscore, and not ${source}`);
}

function invalid(message: string): TriplineError {
  return new TriplineError('TRIPLINE_CONFIG_INVALID', message);
}

/** Whoever reads why it ended wants to know how far it came. */
function withPlace(error: unknown, { done }: Tally): unknown {
  if (!(error instanceof TriplineError) || done === 0) return error;
  const { code, message, cause, retriable } = error;
  return new TriplineError(code, `${message}; ${done} records were done, --skip ${done} goes on from there`, {
    cause,
    retriable,
  });
}
