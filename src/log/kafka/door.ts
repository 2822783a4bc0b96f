import assert from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { hasCode, TriplineError } from '../../errors.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import type { Append, Log, Write } from '../log.ts';
import { logOver } from '../over.ts';
import { stateEntry } from '../state-entry.ts';
import type { KafkaLog } from './kafka-log.ts';
import { openSpool, type Spool } from './spool.ts';
import type { KafkaLogConfig } from './topics.ts';
import { type Doubt, InDoubt } from './writer.ts';

export interface DoorOptions {
  log: KafkaLog;
  /** Folder of the spool, for one process alone; made when absent. */
  dir: string;
  config: KafkaLogConfig;
  metrics?: Pick<Metrics, 'requestsShed' | 'spooledWrites'>;
  logger?: Pick<Logger, 'warn' | 'info'>;
}

const RETRY_MS = 500;
const DRAINED = 'drained';

/**
 * The log as ingest writes to it: while Kafka is away, appends go into a spool on the local disk and are answered when they are
 * safe there. They reach Kafka in their order and once, whatever crashes. `write` takes appends only, and has no offsets for
 * those that were spooled. A spool that is full refuses with TRIPLINE_LOG_UNAVAILABLE (retriable).
 * Resolves when what an earlier process left there is in Kafka.
 */
export async function openKafkaDoor(options: DoorOptions): Promise<Log> {
  const { log, config } = options;
  const spool = await openSpool(options.dir, config.kafka.spool_bytes_max);
  const door = new Door(options, spool);
  await door.open();
  return logOver(log, { write: (write) => door.write(write), close: () => door.close() });
}

class Door {
  readonly #options: DoorOptions;
  readonly #spool: Spool;
  readonly #writer: ReturnType<KafkaLog['openDoor']>;
  /** One after another: what is spooled stays behind what was written, and before what comes. */
  #turn: Promise<unknown> = Promise.resolve();
  #draining: Promise<void> | undefined;
  #closed = false;

  constructor(options: DoorOptions, spool: Spool) {
    this.#options = options;
    this.#spool = spool;
    this.#writer = options.log.openDoor();
  }

  async open(): Promise<void> {
    if (this.#spool.length() === 0) return;
    const drained = await stateEntry(this.#options.log, this.#scope, DRAINED);
    if (drained !== undefined) await this.#spool.remove(Number(drained.toString()));
    this.#drain();
    await this.#draining;
  }

  write({ append = [], commit, state }: Write): Promise<number[]> {
    assert(!commit && !state, 'the door takes appends only');
    const done = this.#turn.then(() => this.#write(append));
    this.#turn = done.catch(() => {});
    return done;
  }

  async close(): Promise<void> {
    await this.#turn;
    this.#closed = true;
    await this.#writer.close();
    await this.#draining;
    await this.#spool.close();
  }

  get #scope(): string {
    return `door/${this.#spool.id}`;
  }

  async #write(append: readonly Append[]): Promise<number[]> {
    if (append.length === 0) return [];
    let doubt: Doubt | undefined;
    if (this.#spool.length() === 0) {
      const outcome = await this.#direct(append);
      if (outcome.offsets) return outcome.offsets;
      doubt = outcome.doubt;
    }
    await this.#put(append, doubt);
    this.#drain();
    return [];
  }

  /** To Kafka at once, unless it takes too long. What is given up here is never committed. */
  async #direct(append: readonly Append[]): Promise<{ offsets?: number[]; doubt?: Doubt }> {
    const { spool_after_ms } = this.#options.config.kafka;
    const { done, giveUp } = this.#writer.write(append);
    const timer = new AbortController();
    const late = delay(spool_after_ms, undefined, { signal: timer.signal }).then(
      () => (giveUp() ? {} : undefined),
      () => undefined,
    );
    try {
      const sent = done.then((offsets) => ({ offsets }));
      // Past the point where it can be given up, its end is waited for.
      return (await Promise.race([sent, late])) ?? (await sent);
    } catch (error) {
      if (error instanceof InDoubt) return { doubt: error.doubt };
      if (error instanceof TriplineError && hasCode(error, 'TRIPLINE_LOG_UNAVAILABLE') && error.retriable) return {};
      throw error;
    } finally {
      timer.abort();
      done.catch(() => {});
    }
  }

  async #put(append: readonly Append[], doubt: Doubt | undefined): Promise<void> {
    const { kafka } = this.#options.config;
    // Once answered it must get through: a frame that Kafka might refuse is refused here.
    const large = append.find(({ frame }) => frame.length > kafka.message_bytes_max);
    if (large) {
      const message = `A frame of ${large.frame.length} bytes is larger than log.kafka.message_bytes_max (${kafka.message_bytes_max})`;
      throw new TriplineError('TRIPLINE_INPUT_TOO_LARGE', message);
    }
    try {
      await this.#spool.put(append, doubt);
    } catch (error) {
      if (!hasCode(error, 'TRIPLINE_LOG_UNAVAILABLE')) throw error;
      this.#options.metrics?.requestsShed.inc({ limit: 'log.kafka.spool_bytes_max' });
      const message = `Kafka is away, and its spool takes no more (spool_bytes_max is ${kafka.spool_bytes_max})`;
      throw new TriplineError('TRIPLINE_LOG_UNAVAILABLE', message, { cause: error, retriable: true });
    }
    this.#options.metrics?.spooledWrites.set(this.#spool.length());
  }

  #drain(): void {
    this.#draining ??= this.#drainAll().finally(() => {
      this.#draining = undefined;
      if (!this.#closed && this.#spool.length() > 0) this.#drain();
    });
  }

  async #drainAll(): Promise<void> {
    const { logger, metrics } = this.#options;
    logger?.warn({ writes: this.#spool.length() }, 'Kafka is away: what is accepted is kept on the local disk');
    while (!this.#closed && this.#spool.length() > 0) {
      try {
        await this.#drainSome();
        metrics?.spooledWrites.set(this.#spool.length());
      } catch (error) {
        if (this.#closed) return;
        if (!(error instanceof TriplineError && error.retriable))
          logger?.warn({ err: error }, 'What is kept on the local disk is not taken by Kafka, and is tried again');
        await delay(RETRY_MS);
      }
    }
    if (!this.#closed) logger?.info('Kafka has everything that was kept on the local disk');
  }

  /** With the mark of how far it is in the same transaction: a crash before the spool forgets them writes nothing twice. */
  async #drainSome(): Promise<void> {
    const spooled = await this.#spool.oldest(this.#options.config.commit_bytes_max);
    const append: Append[] = [];
    for (const { appends, doubt } of spooled)
      if (doubt === undefined || !(await this.#writer.isThere(doubt))) append.push(...appends);
    const { next } = spooled.at(-1)!;
    const state = [{ scope: this.#scope, key: DRAINED, value: Buffer.from(`${next}`) }];
    await this.#writer.writeAll({ append, state });
    await this.#spool.remove(next);
  }
}
