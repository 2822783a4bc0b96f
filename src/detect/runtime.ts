import type { Alert } from '../alert/alert.ts';
import { TriplineError } from '../errors.ts';
import { type AgentEvent, EVENT } from '../event/event.ts';
import { copyRow, Frame, type RowCursor, rowsOf } from '../event/frame/index.ts';
import type { Gap } from '../event/reject.ts';
import type { LogRecord, Topic } from '../log/log.ts';
import type { DetectConfig, Prepared } from './config.ts';
import type { Finding } from './detector.ts';
import { createGaps } from './gaps.ts';
import { makeAlert, type Voice } from './make-alert.ts';
import { createRoute, type Route } from './route.ts';
import { createRunner, NOTHING, type Outcome, type Runner } from './runner.ts';
import { createSelf, SELF, type Self } from './self.ts';
import { count, createTally, type Tally } from './tally.ts';

export interface PipelineOptions {
  topic: Topic;
  partition: number;
  detectors: readonly Prepared[];
  config: DetectConfig;
  /** Wall clock, for `detected` and `recorded` only: judgement never reads it. */
  now(): number;
  /** A detector threw. */
  onFailure?(detector: string, error: unknown): void;
}

export interface Output {
  alerts: Alert[];
  gaps: Gap[];
  tally: Tally;
}

/** All detectors of one partition. Synchronous, without I/O; the same records give the same alerts. */
export interface Pipeline {
  readonly runners: readonly Runner[];
  readonly self: Self;
  /**
   * Restored detectors are fed from their offset on: before it, a record was already part of their state.
   * The runtime's own state (watermarks) likewise; until then the records are judged with watermarks of their own.
   * `position` is the offset of the first record to come.
   */
  feedFrom(offsets: ReadonlyMap<Runner | Self, number>, position: number): void;
  /** Handles one record and returns how many events it held. Findings are kept until `take`. */
  process(record: LogRecord): number;
  tick(now: number): void;
  /** How many alerts came up since the last `take`. */
  readonly alerts: number;
  /** Hands over what came up since the last call. */
  take(): Output;
  /** The log's time less the newest event time, ms; undefined before the first event. */
  watermarkLag(): number | undefined;
  close(): void;
}

export function createPipeline(options: PipelineOptions): Pipeline {
  return new PartitionPipeline(options);
}

class PartitionPipeline implements Pipeline {
  readonly runners: readonly Runner[];
  readonly self: Self;
  readonly #options: PipelineOptions;
  /** Judges what comes before `self` takes over. */
  readonly #early: Self;
  #current: Self;
  #from: ReadonlyMap<Runner | Self, number> = new Map();
  #alerts: Alert[] = [];
  #gaps = createGaps();
  #tally = createTally();
  /** Live keys that operators (detector/operator) evicted during the present event. */
  #evicted = new Map<string, number>();
  /** Offset of the record being handled, or of the next one. */
  #next = 0;
  #place = { offset: 0, appended: 0 };
  #route: Route = () => [];

  constructor(options: PipelineOptions) {
    this.#options = options;
    const isAfter = ({ detector }: Prepared) => Number(detector.after_others ?? false);
    const detectors = [...options.detectors].sort((a, b) => isAfter(a) - isAfter(b));
    this.runners = detectors.map((prepared) => this.#runner(prepared));
    this.self = createSelf(options.config);
    this.#early = createSelf(options.config);
    this.#current = this.self;
  }

  feedFrom(offsets: ReadonlyMap<Runner | Self, number>, position: number): void {
    this.#from = offsets;
    this.#next = position;
  }

  process(record: LogRecord): number {
    this.#next = record.offset;
    this.tick(record.appended);
    this.#place = { offset: record.offset, appended: record.appended };
    const events = this.#frame(record);
    this.#next = record.offset + 1;
    return events;
  }

  tick(now: number): void {
    this.#current = this.#isFed(this.self) ? this.self : this.#early;
    for (const runner of this.runners) {
      if (!this.#isFed(runner)) continue;
      for (let due = runner.windows.due(); due <= now; due = runner.windows.due()) {
        this.#place = { offset: Math.max(0, this.#next - 1), appended: due };
        this.#judge(runner, runner.expire(), undefined);
      }
      runner.windows.tick(now);
    }
    this.#silences(now);
    this.#evicted.clear();
  }

  #silences(now: number): void {
    for (let told = this.#current.silent(now); told !== undefined; told = this.#current.silent(now)) {
      this.#place = { offset: Math.max(0, this.#next - 1), appended: told.due };
      this.#say(SELF.silence, told.finding, undefined);
    }
  }

  get alerts(): number {
    return this.#alerts.length;
  }

  take(): Output {
    const output = { alerts: this.#alerts, gaps: this.#gaps.take(this.#options.now()), tally: this.#tally };
    this.#alerts = [];
    this.#tally = createTally();
    return output;
  }

  watermarkLag(): number | undefined {
    const newest = this.self.newest();
    return newest === undefined ? undefined : this.#place.appended - newest;
  }

  close(): void {
    for (const runner of this.runners) runner.close();
  }

  #isFed(part: Runner | Self): boolean {
    return this.#next >= (this.#from.get(part) ?? 0);
  }

  #runner(prepared: Prepared): Runner {
    const { id } = prepared.detector;
    return createRunner({
      prepared,
      keys_max: this.#options.config.keys_max,
      onEvict: (operator, live) => this.#evict(id, operator, live),
      onLate: (operator) => count(this.#tally.operatorLate, id, operator),
      onHold: () => count(this.#tally.held, id),
      underAlert: (session) => this.self.underAlert(session, this.#next),
    });
  }

  #frame(record: LogRecord): number {
    const cursor = this.#decode(record);
    if (cursor === undefined) return 0;
    this.#route = createRoute(this.runners.filter((runner) => this.#isFed(runner)));
    for (let i = 0; i < cursor.length; i++) this.#event(this.#plausible(cursor.seek(i)));
    this.#current.settle(this.#place.appended);
    return cursor.length;
  }

  /** A frame that cannot be read must not stop what comes after it. */
  #decode(record: LogRecord): RowCursor<AgentEvent> | undefined {
    try {
      return rowsOf(EVENT, Frame.decode(record.frame));
    } catch (error) {
      if (!(error instanceof TriplineError)) throw error;
      this.#options.onFailure?.('*', error);
      this.#gaps.add('frame_corrupt', '*', { tenant: '', producer: '', time: record.appended });
      return undefined;
    }
  }

  /** The door clamps times from the future. What came into the log another way is clamped here. */
  #plausible(event: AgentEvent): AgentEvent {
    const { appended } = this.#place;
    if (event.time <= appended + this.#options.config.skew_max_ms) return event;
    return { ...copyRow(EVENT, event), time: Math.floor(appended), marks: [...event.marks, 'clock_skew'] };
  }

  #event(event: AgentEvent): void {
    const self = this.#current;
    // Every event is in the events topic: the one to speak about producers.
    if (this.#options.topic === 'events' && event.marks.includes('clock_skew'))
      this.#say(SELF.skew, self.skewed(event), event);
    if (this.#options.topic === 'events') self.heard(event);
    if (self.isLate(event)) this.#late(event);
    else
      for (const runner of this.#route(event.kind))
        if (runner.takes === undefined || runner.takes(event)) this.#judge(runner, runner.next(event), event);
    if (this.#evicted.size === 0) return;
    this.#say(SELF.flood, self.flooded(this.#evicted, event), event);
    this.#evicted.clear();
  }

  #late(event: AgentEvent): void {
    for (const runner of this.runners) {
      if (!this.#isFed(runner) || runner.takes?.(event) === false) continue;
      this.#gaps.add('late', runner.detector.id, event);
      count(this.#tally.late, runner.detector.id);
    }
  }

  #judge(runner: Runner, outcome: Outcome, event: AgentEvent | undefined): void {
    if (outcome === NOTHING) return;
    const { findings, failures } = outcome;
    const { id, meta, after_others = false } = runner.detector;
    const voice = { id, version: runner.version, maturity: meta.maturity, severity: meta.severity };
    for (const finding of findings) {
      try {
        const alert = this.#say(voice, finding, event);
        // Restored marks hold what was found before their offset, whoever is rebuilt.
        if (alert && !after_others && this.#isFed(this.self)) this.self.alerted(alert, this.#place.offset);
      } catch (error) {
        this.#failed(id, error, event);
      }
    }
    for (const error of failures) this.#failed(id, error, event);
  }

  #failed(detector: string, error: unknown, event: AgentEvent | undefined): void {
    count(this.#tally.failures, detector);
    this.#options.onFailure?.(detector, error);
    const time = event?.time ?? this.#place.appended;
    this.#gaps.add('detector_failed', detector, event ?? { tenant: '', producer: '', time });
    this.#say(SELF.health, this.#current.failed(detector, error, time, event), event);
  }

  #evict(detector: string, operator: string, live: boolean): void {
    count(this.#tally.evictions, detector, operator);
    if (!live) return;
    const key = `${detector}/${operator}`;
    this.#evicted.set(key, (this.#evicted.get(key) ?? 0) + 1);
  }

  #say(voice: Voice, finding: Finding | undefined, event: AgentEvent | undefined): Alert | undefined {
    if (finding === undefined) return undefined;
    const { topic, partition, now } = this.#options;
    const place = { topic, partition, ...this.#place, detected: now(), event };
    const alert = makeAlert(finding, voice, place);
    this.#alerts.push(alert);
    return alert;
  }
}
