import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ALERT } from '../alert/alert.ts';
import type { Config } from '../config/config.ts';
import { TriplineError } from '../errors.ts';
import { toJson } from '../event/json.ts';
import type { Admission, Admitted } from '../ingest/admission.ts';
import { openDoor } from '../ingest/door.ts';
import type { EventSink } from '../ingest/sink.ts';
import { feedOf } from '../sources/replay/feed.ts';
import { mergeFiles } from '../sources/replay/merge.ts';
import type { RunOptions } from './io.ts';
import { policyOf } from './policy.ts';
import { openTripline, type Tripline } from './tripline.ts';

const BATCH_EVENTS = 500;

export interface FilesOptions extends RunOptions {
  files: readonly string[];
  /** Where alerts go, one JSON object a line. */
  alerts?: string | undefined;
  /** True when the data folder was named and stays; else a temporary one is used and removed. */
  kept: boolean;
}

/** What judging files came to: the object that `--json` prints. */
export interface FilesOutcome {
  read: number;
  accepted: number;
  rejected: number;
  duplicates: number;
  /** Healthy records that are not about agents. */
  ignored: number;
  alerts: number;
  by_detector: Record<string, number>;
  seconds: number;
}

/** `tripline up --once --input FILE...`: the whole path from the door inwards, without a server and without acting. */
export async function runFiles(options: FilesOptions): Promise<number> {
  const dir = options.kept ? undefined : await mkdtemp(join(tmpdir(), 'tripline-'));
  const config = dir === undefined ? options.config : { ...options.config, data_dir: dir };
  try {
    const outcome = await judge({ ...options, config });
    options.print(summaryOf(outcome));
    options.printJson(outcome);
    return 0;
  } finally {
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  }
}

async function judge(options: FilesOptions): Promise<FilesOutcome> {
  const { config, logger, files } = options;
  const started = performance.now();
  const out = options.alerts === undefined ? undefined : await openOut(options.alerts);
  const tripline = await openTripline({ config, policy: await policyOf(config.respond), logger });
  const outcome: FilesOutcome = {
    read: 0,
    accepted: 0,
    rejected: 0,
    duplicates: 0,
    ignored: 0,
    alerts: 0,
    by_detector: {},
    seconds: 0,
  };
  const byDetector = new Map<string, number>();
  tripline.live.listen((item) => {
    if (item.type !== 'alert') return;
    byDetector.set(item.row.detector, (byDetector.get(item.row.detector) ?? 0) + 1);
    out?.write(`${JSON.stringify(toJson(ALERT, item.row))}\n`);
  });
  try {
    await feed(tripline, config, files, outcome, options.print);
    await Promise.race([tripline.settled(), tripline.failed]);
    await tripline.live.drained();
  } finally {
    await tripline.close();
    out?.end();
    if (out) await once(out, 'close');
  }
  const counted = Object.fromEntries([...byDetector].sort());
  const alerts = [...byDetector.values()].reduce((sum, count) => sum + count, 0);
  return { ...outcome, alerts, by_detector: counted, seconds: Math.round(performance.now() - started) / 1000 };
}

async function feed(
  tripline: Tripline,
  config: Config,
  files: readonly string[],
  outcome: FilesOutcome,
  print: (line: string) => void,
) {
  const { log, metrics } = tripline;
  const { admission, sink } = await openDoor({
    log,
    metrics,
    config: config.ingest,
    data_dir: config.data_dir,
    credentialColumns: tripline.credentialColumns,
  });
  const read = await judgeInOrder(files, admission, sink, outcome);
  for (const file of files) print(`${basename(file)}: ${read.get(file) ?? 0} records read`);
  await sink.close();
}

/** All files as one stream in order of event time. Returns the records read of each. */
async function judgeInOrder(
  files: readonly string[],
  admission: Admission,
  sink: EventSink,
  outcome: FilesOutcome,
): Promise<Map<string, number>> {
  const read = new Map<string, number>();
  let batch: Admitted[] = [];
  // Of one batch, as the door counts those of one request.
  let occurrences = new Map<string, number>();
  const flush = async () => {
    const { accepted, duplicates } = await sink.accept(batch, 'replay');
    outcome.accepted += accepted;
    outcome.duplicates += duplicates;
    batch = [];
    occurrences = new Map();
  };
  for await (const { value } of mergeFiles(files)) {
    const { mapped, file } = value;
    const index = read.get(file) ?? 0;
    read.set(file, index + 1);
    outcome.read += 1;
    if (!mapped.ok && mapped.ignored) {
      outcome.ignored += 1;
      continue;
    }
    // Each file keeps time of its own: its producer is named after it.
    const context = {
      producer: `replay/${feedOf(file)}`,
      door: 'replay' as const,
      received: Date.now(),
      index,
      occurrences,
    };
    const admitted = mapped.ok
      ? admission.admit(mapped.event, context)
      : admission.refuse({ field: mapped.field, expected: mapped.expected, value: mapped.got }, context);
    if (!admitted.ok) outcome.rejected += 1;
    batch.push(admitted);
    if (batch.length >= BATCH_EVENTS) await flush();
  }
  await flush();
  return read;
}

async function openOut(path: string): Promise<WriteStream> {
  const out = createWriteStream(path);
  await once(out, 'open').catch((cause: unknown) => {
    throw new TriplineError('TRIPLINE_CONFIG_INVALID', `The alerts cannot be written to ${path}`, { cause });
  });
  return out;
}

function summaryOf({
  read,
  accepted,
  rejected,
  duplicates,
  ignored,
  alerts,
  by_detector,
  seconds,
}: FilesOutcome): string {
  const found = Object.entries(by_detector).map(([detector, count]) => `  ${String(count).padStart(6)}  ${detector}`);
  const counts = `${read} read, ${accepted} accepted, ${duplicates} known already, ${rejected} rejected, ${ignored} not about agents`;
  return [`${counts}, in ${seconds.toFixed(1)} s`, `${alerts} alerts`, ...found].join('\n');
}
