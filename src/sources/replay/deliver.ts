import { TriplineError } from '../../errors.ts';
import type { Clock } from './clock.ts';
import { type PostOptions, postEvents } from './post.ts';

/** One event on its way: its JSON, and where it came from. */
export interface Outgoing {
  json: string;
  file: string;
  line: number;
}

/** Why an event was refused, and where it stands. */
export interface Reason {
  file: string;
  line: number;
  field: string;
  expected: string;
  got: string;
}

export interface Delivered {
  accepted: number;
  duplicates: number;
  rejected: number;
  /** As many as the server listed. */
  reasons: Reason[];
}

export interface DeliverOptions extends PostOptions {
  clock: Clock;
  /** How long the server may go without taking anything. */
  retry_ms_max: number;
  /** Ends the waiting between two tries. */
  signal?: AbortSignal | undefined;
}

const BACKOFF_FIRST_MS = 100;
const BACKOFF_MAX_MS = 5_000;

/**
 * Delivers a batch: waits as long as the server asks, tries again when it cannot be reached, halves a batch
 * that is too large. Repeats are safe, since events have ids.
 * Throws TRIPLINE_SERVER_UNREACHABLE when it went on for too long.
 */
export async function deliver(batch: readonly Outgoing[], options: DeliverOptions): Promise<Delivered> {
  const { clock } = options;
  const since = clock.now();
  const lines = batch.map(({ json }) => json);
  for (let tries = 0; ; tries += 1) {
    const posted = await postEvents(lines, options);
    switch (posted.kind) {
      case 'answered': {
        const { accepted, duplicates, rejected, rejected_unlisted = 0 } = posted.answer;
        const reasons = rejected.map(({ index, ...why }) => ({ ...placeOf(batch[index]), ...why }));
        return { accepted, duplicates, rejected: rejected.length + rejected_unlisted, reasons };
      }
      case 'too_large':
        return batch.length > 1 ? halves(batch, options) : refusedWhole(batch, 'body', 'a smaller event', 'status 413');
      case 'refused':
        return refusedWhole(batch, 'body', 'events', `status ${posted.status}: ${posted.message}`);
      case 'again': {
        const wait_ms = posted.after_ms ?? Math.min(BACKOFF_FIRST_MS * 2 ** tries, BACKOFF_MAX_MS);
        if (clock.now() + wait_ms - since > options.retry_ms_max) throw tookNothing(options, since, posted.why);
        await clock.sleep(wait_ms, options.signal);
      }
    }
  }
}

function tookNothing({ to, clock }: DeliverOptions, since: number, why: string): TriplineError {
  const seconds = Math.round((clock.now() - since) / 1000);
  return new TriplineError('TRIPLINE_SERVER_UNREACHABLE', `${to} took nothing for ${seconds} s: ${why}`, {
    retriable: true,
  });
}

async function halves(batch: readonly Outgoing[], options: DeliverOptions): Promise<Delivered> {
  const middle = batch.length >> 1;
  const first = await deliver(batch.slice(0, middle), options);
  const second = await deliver(batch.slice(middle), options);
  return {
    accepted: first.accepted + second.accepted,
    duplicates: first.duplicates + second.duplicates,
    rejected: first.rejected + second.rejected,
    reasons: [...first.reasons, ...second.reasons],
  };
}

function refusedWhole(batch: readonly Outgoing[], field: string, expected: string, got: string): Delivered {
  const reasons = [{ ...placeOf(batch[0]), field, expected, got }];
  return { accepted: 0, duplicates: 0, rejected: batch.length, reasons };
}

const placeOf = (outgoing: Outgoing | undefined) => ({ file: outgoing?.file ?? '', line: outgoing?.line ?? 0 });
