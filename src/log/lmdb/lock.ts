import { spawn } from 'node:child_process';
import { closeSync, constants, openSync, realpathSync, statSync } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { hasCode, TriplineError } from '../../errors.ts';

export interface DataDirLock {
  release(): Promise<void>;
}

/** What holds the lock: the kernel's file lock by flock(1) or by open(2), or a bound socket name. */
export type LockMethod = 'flock' | 'exlock' | 'socket';

/**
 * Makes the folder if it is absent and takes it for this process alone. The kernel keeps the lock and ends it with
 * the process, however that dies; the file `.lock` that stays behind locks nothing.
 * @throws TriplineError TRIPLINE_DATA_DIR_LOCKED when it is taken, TRIPLINE_DATA_DIR_UNUSABLE when it cannot be written
 */
export async function lockDataDir(dir: string, method?: LockMethod): Promise<DataDirLock> {
  const folder = resolve(dir);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    const unlock = await take(folder, method ?? (process.platform === 'darwin' ? 'exlock' : 'flock'));
    if (unlock) return { release: unlock };
  } catch (error) {
    throw unusable(folder, error);
  }
  throw new TriplineError(
    'TRIPLINE_DATA_DIR_LOCKED',
    `Another Tripline is using the data folder ${folder}: stop it or name another folder.`,
  );
}

/** The folder cannot be made, read or written. */
export function unusable(folder: string, cause: unknown): TriplineError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new TriplineError('TRIPLINE_DATA_DIR_UNUSABLE', `The data folder ${folder} cannot be used: ${why}`, { cause });
}

type Unlock = () => Promise<void>;

/** Undefined when somebody else holds it. */
async function take(folder: string, method: LockMethod): Promise<Unlock | undefined> {
  if (method === 'socket') return bindName(folder);
  const fd = openLockFile(join(folder, '.lock'), method);
  if (fd === undefined) return undefined;
  // The descriptor is a plain number: a FileHandle would unlock when it is collected as garbage.
  const unlock = async () => closeSync(fd);
  const status = method === 'exlock' ? 0 : await lockShared(fd);
  if (status === 0) return unlock;
  closeSync(fd);
  return status === CONFLICT ? undefined : bindName(folder);
}

const O_EXLOCK = 0x20; // macOS and BSD: open and flock in one call.

function openLockFile(file: string, method: LockMethod): number | undefined {
  const flags = constants.O_RDWR | constants.O_CREAT;
  try {
    return openSync(file, method === 'exlock' ? flags | O_EXLOCK | constants.O_NONBLOCK : flags, 0o600);
  } catch (error) {
    if (method === 'exlock' && hasCode(error, 'EAGAIN')) return undefined;
    throw error;
  }
}

const CONFLICT = 1;

/**
 * Node cannot call flock(2). A lock belongs to the open file, which a child inherits: flock(1) locks it and ends,
 * and the lock stays with us. Resolves with its exit status; undefined when there is no flock(1).
 */
function lockShared(fd: number): Promise<number | null | undefined> {
  return new Promise((settle) => {
    const child = spawn('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
    child.on('error', () => settle(undefined));
    child.on('close', settle);
  });
}

/** A name that only one process of this network namespace can hold (a container is one), gone with the process. */
function bindName(folder: string): Promise<Unlock | undefined> {
  const { dev, ino } = statSync(realpathSync(folder));
  const name = `tripline-${dev}-${ino}`;
  const server = createServer((socket) => socket.destroy());
  return new Promise((settle, reject) => {
    server.on('error', (error) => (hasCode(error, 'EADDRINUSE') ? settle(undefined) : reject(error)));
    server.listen({ path: process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : `\0${name}` }, () => {
      server.unref();
      settle(() => new Promise((closed) => server.close(() => closed())));
    });
  });
}
