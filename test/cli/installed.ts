import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, symlinkSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '..', '..');
const execute = promisify(execFile);
/** What a checkout has and a build or a new part needs. */
const TREE =
  'bin src detectors samples console scripts docs test package.json tsconfig.json tsconfig.build.json biome.json vitest.config.ts'.split(
    ' ',
  );

/** A copy of this checkout, so that tests neither read an old build nor disturb one another. */
export async function copyTree(): Promise<string> {
  const tree = await realpath(await mkdtemp(join(tmpdir(), 'tripline-tree-')));
  for (const name of TREE) cpSync(join(root, name), join(tree, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  return tree;
}

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Installed {
  /** An empty folder, where commands run. */
  cwd: string;
  /** Where they put temporary files. */
  temporary: string;
  run(args: readonly string[], nodeArgs?: readonly string[]): Promise<Outcome>;
  /** Begins a command that somebody is going to interrupt. */
  begin(args: readonly string[]): { interrupt(): void; outcome: Promise<Outcome> };
  /** Starts `up --json` and waits until it says where its doors are. */
  start(args: readonly string[]): Promise<{ ingest: string; api: string; stop(): Promise<number | null> }>;
  remove(): Promise<void>;
}

/** Tripline, built, with its real command. */
export async function install(): Promise<Installed> {
  const tree = await copyTree();
  const cwd = await realpath(await mkdtemp(join(tmpdir(), 'tripline-cwd-')));
  await execute(process.execPath, [join(tree, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
    cwd: tree,
  });
  const bin = join(tree, 'bin/tripline.cjs');
  const temporary = join(cwd, 'tmp');
  await mkdir(temporary);
  const env = { ...process.env, TMPDIR: temporary, NO_COLOR: '1', NODE_NO_WARNINGS: '1' };
  const begin = (args: readonly string[]) =>
    spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  return {
    cwd,
    temporary,
    run: (args, nodeArgs = []) => outcomeOf(begin([...nodeArgs, bin, ...args])),
    begin(args) {
      const child = begin([bin, ...args]);
      return { interrupt: () => void child.kill('SIGINT'), outcome: outcomeOf(child) };
    },
    async start(args) {
      const child = begin([bin, 'up', '--json', '--port', '0', '--api-port', '0', ...args]);
      const ended = outcomeOf(child);
      const failed = ended.then(({ stderr }) => Promise.reject(new Error(stderr)));
      failed.catch(() => {});
      const [line] = await Promise.race([once(createInterface({ input: child.stdout! }), 'line'), failed]);
      const stop = async () => {
        child.kill('SIGTERM');
        return (await ended).code;
      };
      return { ...(JSON.parse(line) as { ingest: string; api: string }), stop };
    },
    async remove() {
      await rm(tree, { recursive: true, force: true });
      await rm(cwd, { recursive: true, force: true });
    },
  };
}

export async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...texts };
}
