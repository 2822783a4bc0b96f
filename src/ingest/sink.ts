import { TriplineError } from '../errors.ts';
import type { AgentEvent } from '../event/event.ts';
import type { Column } from '../event/field.ts';
import type { Fingerprints } from '../event/fingerprint.ts';
import type { Append, Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Admitted } from './admission.ts';
import type { IngestConfig } from './config.ts';
import { appendsOf } from './frames.ts';
import { prepareToFollow, recall } from './recall.ts';
import { hashInto, nameOf, type RecentIds } from './recent-ids.ts';

export interface Accepted {
  accepted: number;
  /** Events that had been accepted before, in this request or an earlier one. */
  duplicates: number;
}

export interface EventSink {
  /**
   * Writes admitted events and recorded refusals; resolves when they would survive a crash.
   * @throws TriplineError TRIPLINE_OVERLOADED (retriable) when more waits than may, or what the log throws
   */
  accept(batch: readonly Admitted[], door: string): Promise<Accepted>;
  /** True while `accept` would refuse: says no before a body is read. */
  full(): boolean;
  /** Resolves when everything that was accepted is written. */
  close(): Promise<void>;
}

export interface SinkDeps {
  log: Log;
  config: IngestConfig;
  /** Columns of the credentials topic. */
  credentialColumns: readonly Column[];
  fingerprints: Fingerprints;
  metrics: Metrics;
  /** A consumer group of this process alone, where other doors write to the same log. */
  followers?: string | undefined;
}

interface Waiting {
  readonly batch: readonly Admitted[];
  readonly door: string;
  readonly chars: number;
  readonly resolve: (accepted: Promise<Accepted>) => void;
}

/**
 * Group commit: one write is in flight, what comes meanwhile shares the next one; an idle sink writes at once.
 * Repeats are found when a write is put together: nothing else is in flight then, so whatever is known is durable.
 */
export async function openSink(deps: SinkDeps): Promise<EventSink> {
  const { log, config, metrics, fingerprints } = deps;
  const follow = deps.followers && (await prepareToFollow(log, deps.followers, fingerprints));
  const recent = await recall(log, fingerprints, config.dedupe_events_max);
  const following = follow ? await follow(recent) : undefined;
  let blind: { error: unknown } | undefined;
  following?.finished.catch((error: unknown) => {
    blind = { error };
  });
  const queue: Waiting[] = [];
  let events = 0;
  let chars = 0;
  let writing: Promise<void> | undefined;
  const full = () => events >= config.waiting_events_max || chars >= config.waiting_bytes_max;

  const drain = async () => {
    while (queue.length > 0) {
      const group = take(queue, config.write_events_max);
      const written = write(deps, recent, group);
      await written.catch(() => undefined);
      // Before anybody is answered: whoever is may send again at once.
      for (const { batch, chars: done } of group) {
        events -= batch.length;
        chars -= done;
      }
      for (const [i, { resolve }] of group.entries()) resolve(written.then((answers) => answers[i]!));
    }
    writing = undefined;
  };

  return {
    full,
    accept(batch, door) {
      // What others accept is no longer known here, and would be taken again.
      if (blind) return Promise.reject(blind.error);
      if (full()) {
        metrics.requestsShed.inc({ limit: 'waiting' });
        return Promise.reject(overloaded(events));
      }
      return new Promise((resolve) => {
        const size = batch.reduce((sum, admitted) => sum + (admitted.ok ? admitted.chars : REJECT_CHARS), 0);
        queue.push({ batch, door, chars: size, resolve });
        events += batch.length;
        chars += size;
        writing ??= drain();
      });
    },
    async close() {
      await writing;
      await following?.close();
    },
  };
}

/** About what a recorded refusal weighs. */
const REJECT_CHARS = 1000;

function take(queue: Waiting[], events_max: number): Waiting[] {
  let events = 0;
  let count = 0;
  while (count < queue.length && (count === 0 || events + queue[count]!.batch.length <= events_max)) {
    events += queue[count]!.batch.length;
    count += 1;
  }
  return queue.splice(0, count);
}

/** Writes one group and says what each of its requests brought. */
async function write(deps: SinkDeps, recent: RecentIds, group: readonly Waiting[]): Promise<Accepted[]> {
  const { log, metrics } = deps;
  const fresh = new Map<string, AgentEvent>();
  const rejects = group.flatMap(({ batch }) => batch.flatMap((admitted) => (admitted.ok ? [] : [admitted.reject])));
  const answers = group.map(({ batch }) => sift(batch, recent, fresh, deps.fingerprints));
  const append: Append[] = appendsOf([...fresh.values()], rejects, deps);
  if (append.length > 0) await log.write({ append });
  const forgotten = recent.forgotten;
  for (const name of fresh.keys()) recent.add(hashInto(deps.fingerprints, name, hash));
  metrics.dedupeForgotten.inc(recent.forgotten - forgotten);
  for (const [i, { door }] of group.entries()) {
    metrics.eventsAccepted.inc({ door }, answers[i]!.accepted);
    metrics.eventsDuplicate.inc({ door }, answers[i]!.duplicates);
  }
  return answers;
}

const hash = new Uint32Array(2);

/** Adds the events of a batch that are not repeats to `fresh`. */
function sift(
  batch: readonly Admitted[],
  recent: RecentIds,
  fresh: Map<string, AgentEvent>,
  fingerprints: Fingerprints,
): Accepted {
  const answer: Accepted = { accepted: 0, duplicates: 0 };
  for (const admitted of batch) {
    if (!admitted.ok) continue;
    const name = nameOf(admitted.event.producer, admitted.event.event_id);
    if (fresh.has(name) || recent.has(hashInto(fingerprints, name, hash))) answer.duplicates += 1;
    else {
      fresh.set(name, admitted.event);
      answer.accepted += 1;
    }
  }
  return answer;
}

function overloaded(events: number): TriplineError {
  return new TriplineError('TRIPLINE_OVERLOADED', `${events} events are waiting to be written; try again later`, {
    retriable: true,
  });
}
