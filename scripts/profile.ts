import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** `npm run profile -- CASE`: runs a case of the bench under the profiler of Node, and prints where its time went. */
const ROWS = 10;

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  /** Microseconds before each sample. */
  timeDeltas: number[];
}

/** Self time by function, most first. */
export function selfTimes({ nodes, samples, timeDeltas }: Profile): [name: string, ms: number][] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  for (const [i, id] of samples.entries()) {
    const name = names.get(id) ?? '?';
    times.set(name, (times.get(name) ?? 0) + timeDeltas[i]! / 1000);
  }
  return [...times].sort(([, a], [, b]) => b - a);
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const place = url.split('/').slice(-3).join('/');
  return `${functionName || '(anonymous)'}${place === '' ? '' : ` ${place}:${lineNumber + 1}`}`;
}

function main(words: readonly string[]): number {
  const folder = mkdtempSync(join(tmpdir(), 'tripline-profile-'));
  const bench = resolve(import.meta.dirname, '../.bench/bench/main.js');
  const run = spawnSync(
    process.execPath,
    ['--expose-gc', '--max-semi-space-size=64', '--cpu-prof', '--cpu-prof-dir', folder, bench, ...words],
    {
      stdio: 'inherit',
    },
  );
  // A case may run others in processes of their own: the bench itself is the one that was written last.
  const written = readdirSync(folder).sort().at(-1);
  if (run.status !== 0 || written === undefined) return run.status ?? 1;
  const file = `${words[0] ?? 'bench'}.cpuprofile`;
  renameSync(join(folder, written), join(folder, file));
  const times = selfTimes(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile);
  const total = times.reduce((sum, [, ms]) => sum + ms, 0);
  for (const [name, ms] of times.slice(0, ROWS))
    process.stdout.write(
      `${((100 * ms) / total).toFixed(1).padStart(5)} %  ${Math.round(ms).toString().padStart(6)} ms  ${name}\n`,
    );
  process.stdout.write(
    `\n${join(folder, file)}\nOpen it in speedscope.app, or in the performance panel of Chrome, as a flame graph.\n`,
  );
  return 0;
}

if (process.argv[1] === import.meta.filename) process.exitCode = main(process.argv.slice(2));
