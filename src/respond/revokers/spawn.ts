import { spawn } from 'node:child_process';

export interface Ran {
  /** Exit code; undefined when it was ended, or could not be started. */
  code: number | undefined;
  stdout: string;
  /** Why there is no code. */
  trouble?: string;
}

export interface RunOptions {
  /** Absolute path. */
  program: string;
  args: readonly string[];
  /** Its whole environment. */
  env: Readonly<Record<string, string>>;
  cwd?: string | undefined;
  input: string;
  signal: AbortSignal;
  /** Bytes of standard output that are read; it is ended when it writes more. */
  output_bytes_max: number;
  /** Whether what it says of errors is read too, behind the rest. */
  with_errors?: boolean;
}

/** Time between SIGTERM and SIGKILL. */
const KILL_AFTER_MS = 2000;

/** Runs a program without a shell, as the head of a process group that ends with it. Never rejects. */
export function run(options: RunOptions): Promise<Ran> {
  const { program, args, env, cwd, input, signal, output_bytes_max, with_errors = false } = options;
  if (signal.aborted) return Promise.resolve({ code: undefined, stdout: '', trouble: 'had no time left' });
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env,
      detached: true,
      stdio: ['pipe', 'pipe', with_errors ? 'pipe' : 'ignore'],
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let trouble: string | undefined;
    let killer: NodeJS.Timeout | undefined;
    const kill = (with_signal: NodeJS.Signals) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, with_signal);
      } catch {
        // It has ended.
      }
    };
    const end = (why: string) => {
      trouble ??= why;
      kill('SIGTERM');
      killer ??= setTimeout(kill, KILL_AFTER_MS, 'SIGKILL');
    };
    const stop = () => end('took too long');
    const finish = (code: number | null, why?: string) => {
      clearTimeout(killer);
      signal.removeEventListener('abort', stop);
      // What it left behind in its group must not go on.
      kill('SIGKILL');
      trouble ??= why;
      const stdout = Buffer.concat(chunks).toString('utf8');
      resolve(trouble === undefined ? { code: code!, stdout } : { code: undefined, stdout, trouble });
    };
    signal.addEventListener('abort', stop, { once: true });
    child.on('error', ({ code }: NodeJS.ErrnoException) => finish(null, `could not be started (${code ?? 'unknown'})`));
    child.on('close', (code, by) => finish(code, code === null ? `was ended by ${by}` : undefined));
    for (const output of [child.stdout, child.stderr])
      output?.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > output_bytes_max) end('wrote too much');
        else chunks.push(chunk);
      });
    // A program that reads nothing closes the pipe.
    child.stdin!.on('error', () => {});
    child.stdin!.end(input);
  });
}
