import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';

/** One thing that is measured: `run` handles `events` events. Preparing is not counted. */
export interface Subject {
  name: string;
  events: number;
  run(): void | Promise<void>;
  prepare?(): void | Promise<void>;
  /** Further columns of its row, asked for at the end. */
  more?(): Readonly<Record<string, unknown>>;
}

export type Row = Readonly<Record<string, unknown>> & { name: string };

const ROUNDS = 3;

/**
 * Three rounds, in each of them every subject once and the baseline before: what others do on the machine meets all of them.
 * A ratio is of CPU time an event to that of the baseline in the same round; the median round counts, the spread is largest by smallest.
 */
export async function measure(baseline: Subject, subjects: readonly Subject[]): Promise<Row[]> {
  const all = [baseline, ...subjects];
  const seen = new Map<Subject, { seconds: number; cpu_us: number; ratio: number }[]>(all.map((one) => [one, []]));
  await once(baseline);
  for (let round = 0; round < ROUNDS; round++) {
    let base = Number.NaN;
    for (const subject of all) {
      const { seconds, cpu_us } = await once(subject);
      if (subject === baseline) base = cpu_us;
      seen.get(subject)!.push({ seconds, cpu_us, ratio: cpu_us / base });
    }
  }
  return all.map((subject) => rowOf(subject, seen.get(subject)!));
}

async function once({ events, prepare, run }: Subject): Promise<{ seconds: number; cpu_us: number }> {
  await prepare?.();
  globalThis.gc?.();
  const cpu = process.cpuUsage();
  const started = performance.now();
  await run();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, cpu_us: (user + system) / events };
}

function rowOf(subject: Subject, rounds: readonly { seconds: number; cpu_us: number; ratio: number }[]): Row {
  const sorted = [...rounds].sort((a, b) => a.cpu_us - b.cpu_us);
  const { seconds, cpu_us, ratio } = sorted[Math.floor(sorted.length / 2)]!;
  return {
    name: subject.name,
    events_per_second: Math.round(subject.events / seconds),
    cpu_us_per_event: round(cpu_us),
    ratio_to_json_parse: round(ratio),
    spread: round(sorted.at(-1)!.cpu_us / sorted[0]!.cpu_us),
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    ...subject.more?.(),
  };
}

export const round = (value: number) => Math.round(value * 1000) / 1000;

/** The floor for anything that reads JSON: each text parsed, nothing else. */
export function jsonParse(texts: readonly Buffer[]): Subject {
  return {
    name: 'JSON.parse',
    events: texts.length,
    run() {
      for (const text of texts) JSON.parse(text.toString('utf8'));
    },
  };
}

/** Where and of what a figure is. */
export function machineOf() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    node: process.version,
    commit: commit(),
  };
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}
