import { TriplineError } from '../errors.ts';
import type { AgentEvent } from '../event/event.ts';
import { createAdmission } from '../ingest/admission.ts';
import { IngestConfig } from '../ingest/config.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { type Format, isObject, type Json } from '../sources/files/format.ts';
import { FORMATS } from '../sources/files/formats.ts';
import { recordsOf } from '../sources/files/records.ts';
import { nameOfFile } from '../sources/files/text.ts';
import type { Case, Labels } from './case.ts';
import { LABELS } from './labels/index.ts';

/** Which call of which case an event is. */
export interface Place {
  case_id: string;
  /** Calls of the case before this one. */
  call: number;
}

/** A labelled file, read: events as the door would let them in, without their answers, and the answers apart. */
export interface Corpus {
  file: string;
  format: Labels['format'];
  /** In order of event time. */
  events: readonly AgentEvent[];
  cases: ReadonlyMap<string, Case>;
  places: ReadonlyMap<string, Place>;
  /** Calls per case. */
  calls: ReadonlyMap<string, number>;
  /** Records that the door refused or that are about nobody's tool or credential. */
  unread: number;
}

/**
 * Reads a labelled file through the same mapping and door as production.
 * @throws TriplineError TRIPLINE_INPUT_UNREADABLE, TRIPLINE_INPUT_UNSUPPORTED when its records carry no known labels
 */
export async function readCorpus(path: string): Promise<Corpus> {
  const reading = new Reading(path);
  for await (const { text, line } of recordsOf(path)) reading.add(parsed(text, path, line));
  return reading.end();
}

/** Fixed: a fingerprint means nothing outside of its run, and the same file must give the same alerts. */
const SECRET = Buffer.alloc(32, 'eval');

class Reading {
  readonly #file: string;
  readonly #admission = createAdmission({ secret: SECRET, config: IngestConfig.parse({}), metrics: createMetrics() });
  readonly #events: AgentEvent[] = [];
  readonly #cases = new Map<string, Case>();
  readonly #places = new Map<string, Place>();
  readonly #calls = new Map<string, number>();
  #kind: { labels: Labels; format: Format } | undefined;
  #index = 0;
  #unread = 0;

  constructor(path: string) {
    this.#file = nameOfFile(path);
  }

  add(record: Json): void {
    this.#kind ??= kindOf(record, this.#file);
    const { labels, format } = this.#kind;
    const index = this.#index++;
    const known = labels.caseOf(record, index);
    if (known !== undefined && !this.#cases.has(known.id)) this.#cases.set(known.id, known);
    for (const mapped of format.events(labels.blind(record), { file: this.#file, index })) {
      // Files are older than the machine's clock, so any time of receipt after them does.
      const context = { producer: 'eval', door: 'replay' as const, received: Date.now(), index };
      const admitted = mapped.ok ? this.#admission.admit(mapped.event, context) : undefined;
      if (!admitted?.ok) this.#unread += 1;
      else this.#keep(admitted.event, known?.id);
    }
  }

  end(): Corpus {
    if (this.#kind === undefined) throw new TriplineError('TRIPLINE_INPUT_UNREADABLE', `${this.#file} holds no record`);
    return {
      file: this.#file,
      format: this.#kind.labels.format,
      events: this.#events.sort((a, b) => a.time - b.time),
      cases: this.#cases,
      places: this.#places,
      calls: this.#calls,
      unread: this.#unread,
    };
  }

  #keep(event: AgentEvent, case_id: string | undefined): void {
    this.#events.push(event);
    if (case_id === undefined) return;
    const call = this.#calls.get(case_id) ?? 0;
    this.#places.set(event.event_id, { case_id, call });
    if (event.kind !== 'lifecycle') this.#calls.set(case_id, call + 1);
  }
}

function kindOf(record: Json, file: string): { labels: Labels; format: Format } {
  const labels = LABELS.find((known) => known.matches(record));
  const format = FORMATS.find((known) => known.matches(record));
  if (labels !== undefined && format !== undefined) return { labels, format };
  const known = LABELS.map((each) => each.format).join(', ');
  throw new TriplineError(
    'TRIPLINE_INPUT_UNSUPPORTED',
    `${file} is not a labelled corpus: expected records of ${known}, got an object with ${Object.keys(record).slice(0, 8).join(', ')}`,
  );
}

function parsed(text: string, path: string, line: number): Json {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Told below, like anything else that is no object.
  }
  throw new TriplineError('TRIPLINE_INPUT_UNREADABLE', `${path}, line ${line}: expected a JSON object`);
}
