import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Log, LogRecord, PartitionTask, StateWrite, Topic } from '../log/log.ts';
import { appendsOf } from './appends.ts';
import type { DetectConfig, Prepared } from './config.ts';
import type { Runner } from './runner.ts';
import { createPipeline, type Output, type Pipeline } from './runtime.ts';
import type { Self } from './self.ts';
import { baseScope, headerWrite, type Part, partsOf, restoreParts, SELF_PART } from './snapshot.ts';

export const DETECT_GROUP = 'detect';

export interface PartitionDeps {
  log: Log;
  topic: Topic;
  partition: number;
  detectors: readonly Prepared[];
  config: DetectConfig;
  logger: Logger;
  now(): number;
  onFailure(detector: string, error: unknown): void;
  /** These became durable: count them. */
  onWritten(outputs: readonly Output[]): void;
}

export interface DetectTask extends PartitionTask {
  /** Since its state was saved, ms; 0 where there is nothing to save. */
  snapshotAge(): number;
  readonly topic: Topic;
  readonly partition: number;
  readonly pipeline: Pipeline;
  tick(now: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Detection of one partition with effects exactly once: alerts, gaps, the committed offset and, from time to time, the entries of
 * state that changed go into one write. Records below the committed offset are recomputed silently. Without alerts the commit waits
 * for the snapshot: what is handed over again after a crash then gives the same, and nothing of it had been written.
 */
export async function openPartition(deps: PartitionDeps): Promise<DetectTask> {
  const pipeline = createPipeline(deps);
  const base = baseScope(deps.topic, deps.partition);
  const parts = partsOf(pipeline, base);
  const plan = await planOf(deps, pipeline, base, parts);
  return new Task(deps, pipeline, base, parts, plan);
}

interface Plan {
  /** First record to handle. */
  position: number;
  /** Records below it were handled before: their alerts are in the log. */
  committed: number;
}

async function planOf(deps: PartitionDeps, pipeline: Pipeline, base: string, parts: readonly Part[]): Promise<Plan> {
  const { log, topic, partition, logger } = deps;
  const { first } = await log.bounds(topic, partition);
  const committed = Math.max(first, (await log.committed(DETECT_GROUP, topic, partition)) ?? first);
  const restored = await restoreParts(log, base, parts);
  const fromOf = (name: string) => (restored.parts.has(name) ? restored.offset! : first);
  const offsets = new Map<Runner | Self, number>([
    [pipeline.self, fromOf(SELF_PART)] as const,
    ...pipeline.runners.map((runner) => [runner, fromOf(runner.name)] as const),
  ]);
  const position = Math.max(first, Math.min(...offsets.values()));
  pipeline.feedFrom(offsets, position);
  if (restored.offset !== undefined && restored.offset < first)
    logger.warn({ topic, partition, snapshot: restored.offset, first }, 'Records after the snapshot are gone');
  for (const { name, version } of pipeline.runners) {
    if (committed > first && !restored.parts.has(name))
      logger.info(
        { topic, partition, detector: name, version, from: first, to: committed },
        'No state of this version of the detector: it is rebuilt from the oldest kept record, without alerts',
      );
  }
  return { position, committed };
}

class Task implements DetectTask {
  readonly pipeline: Pipeline;
  readonly topic: Topic;
  readonly partition: number;
  readonly position: number;
  readonly #deps: PartitionDeps;
  readonly #base: string;
  readonly #parts: readonly Part[];
  /** Records below it were handled by the pipeline. */
  #next: number;
  #committed: number;
  /** Taken from the pipeline for a write that failed. */
  #unwritten: Output[] = [];
  #events = 0;
  #snapshotAt: number;
  /** State changed outside any record: only a snapshot can hold that. */
  #mustSnapshot: boolean;

  constructor(deps: PartitionDeps, pipeline: Pipeline, base: string, parts: readonly Part[], plan: Plan) {
    this.#deps = deps;
    this.pipeline = pipeline;
    this.topic = deps.topic;
    this.partition = deps.partition;
    this.#base = base;
    this.#parts = parts;
    this.position = plan.position;
    this.#next = plan.position;
    this.#committed = plan.committed;
    this.#mustSnapshot = plan.position < plan.committed;
    // Partitions take turns, so that their snapshots do not come at once.
    const { log, topic, partition, config } = deps;
    this.#snapshotAt = performance.now() - (config.snapshot_ms * partition) / log.partitions(topic);
  }

  async process(records: readonly LogRecord[]): Promise<void> {
    const slice = createSlice(this.#deps.config.slice_ms);
    for (const record of records) {
      // Handed over again because the write failed: what came of it is still pending.
      if (record.offset < this.#next) continue;
      this.#events += this.pipeline.process(record);
      this.#next = record.offset + 1;
      if (record.offset < this.#committed) this.pipeline.take();
      if (slice.isOver()) await slice.next();
    }
    await this.#flush();
  }

  async tick(now: number): Promise<void> {
    this.pipeline.tick(now);
    if (this.pipeline.alerts > 0) this.#mustSnapshot = true;
    await this.#flush();
  }

  async close(): Promise<void> {
    try {
      if (this.#next >= this.#committed && this.#isChanged()) await this.#write(true);
    } catch (error) {
      const { topic, partition, logger } = this.#deps;
      logger.warn(
        { topic, partition, err: error },
        'The last state was not written; it is recomputed at the next start',
      );
    } finally {
      this.pipeline.close();
    }
  }

  #isChanged(): boolean {
    return this.#mustSnapshot || this.#next > this.#committed;
  }

  async #flush(): Promise<void> {
    if (this.#next < this.#committed) return;
    const { snapshot_ms, snapshot_events } = this.#deps.config;
    const due =
      this.#mustSnapshot || this.#events >= snapshot_events || performance.now() - this.#snapshotAt >= snapshot_ms;
    const found = this.pipeline.alerts > 0 || this.#unwritten.length > 0;
    if (found || (due && this.#isChanged())) await this.#write(due);
  }

  snapshotAge(): number {
    return this.#isChanged() ? performance.now() - this.#snapshotAt : 0;
  }

  async #write(snapshot: boolean): Promise<void> {
    const { log, topic, partition, onWritten } = this.#deps;
    const offset = this.#next;
    this.#unwritten.push(this.pipeline.take());
    await log.write({
      append: appendsOf(log, this.#unwritten),
      commit: [{ group: DETECT_GROUP, topic, partition, offset }],
      state: snapshot ? await this.#state(offset) : [],
    });
    const written = this.#unwritten;
    this.#unwritten = [];
    this.#committed = offset;
    if (snapshot) {
      this.#events = 0;
      for (const { windows } of this.#parts) windows.saved();
      this.#mustSnapshot = false;
      this.#snapshotAt = performance.now();
    }
    onWritten(written);
  }

  /** Nothing is handled meanwhile, so other work may get its turn between entries. */
  async #state(offset: number): Promise<StateWrite[]> {
    const writes = [headerWrite(this.#base, offset, this.#parts)];
    const slice = createSlice(this.#deps.config.slice_ms);
    for (const { scope, windows } of this.#parts) {
      for (const { key, value } of windows.changes()) {
        writes.push({ scope, key, value });
        if (slice.isOver()) await slice.next();
      }
    }
    return writes;
  }
}

/** Work in slices: other work of the process gets its turn in between. */
function createSlice(slice_ms: number) {
  let end = performance.now() + slice_ms;
  return {
    isOver: () => performance.now() >= end,
    async next() {
      await setImmediate();
      end = performance.now() + slice_ms;
    },
  };
}
