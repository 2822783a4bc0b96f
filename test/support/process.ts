import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const root = resolve(import.meta.dirname, '..', '..');

export interface Running {
  ingest: string;
  api: string;
  pid: number;
  /** SIGKILL, and gone when it resolves. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Starts the real command in a process of its own and waits until it says where its doors are. */
export async function startTripline(config: string, env: NodeJS.ProcessEnv): Promise<Running> {
  const args = ['--import', 'tsx', join(root, 'src/cli/main.ts'), 'up', '--config', config, '--json'];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, UV_THREADPOOL_SIZE: '12', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const end = (signal: NodeJS.Signals) => {
    const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : Promise.resolve();
    child.kill(signal);
    return exited.then(() => child.exitCode);
  };
  const { ingest, api } = await firstLine(child);
  return { ingest, api, pid: child.pid!, kill: () => end('SIGKILL').then(() => {}), stop: () => end('SIGTERM') };
}

async function firstLine(child: ChildProcess): Promise<{ ingest: string; api: string }> {
  const lines = createInterface({ input: child.stdout! });
  const exited = once(child, 'exit').then(([code]) => {
    throw new Error(`Tripline ended with ${code} before it was ready`);
  });
  const [line] = (await Promise.race([once(lines, 'line'), exited])) as [string];
  exited.catch(() => {});
  return JSON.parse(line) as { ingest: string; api: string };
}
