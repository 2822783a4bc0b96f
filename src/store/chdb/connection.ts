import { access, constants, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Session } from 'chdb';
import { TriplineError } from '../../errors.ts';
import { storeError } from '../errors.ts';

export interface Connection {
  /** Text of the answer in the session's JSON array format. Statements run one after another. */
  run(sql: string, params?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Waits for what runs, refuses the rest. */
  close(): Promise<void>;
}

export interface ConnectionOptions {
  /** Settings of the session. */
  settings: Readonly<Record<string, number | string>>;
  /** Statements that may wait. More are refused as retriable. */
  waiting_max: number;
}

/**
 * One connection to the engine. It runs one statement at a time, and a waiting one would hold a thread of the pool:
 * they wait here instead.
 * @throws TriplineError TRIPLINE_DATA_DIR_LOCKED or TRIPLINE_DATA_DIR_UNUSABLE
 */
export async function connect(path: string, options: ConnectionOptions): Promise<Connection> {
  let session: Session | undefined = await open(path, options);
  let tail: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let closed = false;

  async function runNow(sql: string, params?: Readonly<Record<string, unknown>>): Promise<string> {
    if (closed) throw unavailable('The store is closed');
    session ??= await open(path, options);
    try {
      return await answer(session, sql, params);
    } catch (error) {
      // What a failed statement had already written would come first in the next answer: the connection is burnt.
      session.close();
      session = undefined;
      throw error;
    }
  }

  return {
    run: (sql, params) => {
      if (waiting >= options.waiting_max) {
        return Promise.reject(unavailable(`${waiting} statements are waiting for the store, which is the limit`));
      }
      waiting++;
      const result = tail.then(() => runNow(sql, params)).finally(() => waiting--);
      tail = result.catch(() => {});
      return result;
    },
    close: async () => {
      closed = true;
      await tail;
      session?.close();
    },
  };
}

async function answer(session: Session, sql: string, params?: Readonly<Record<string, unknown>>): Promise<string> {
  const format = { format: 'JSONEachRow' };
  const result = params ? session.queryBindAsync(sql, params, format) : session.queryAsync(sql, format);
  return (await result).text();
}

function unavailable(message: string): TriplineError {
  return new TriplineError('TRIPLINE_STORE_UNAVAILABLE', message, { retriable: true });
}

async function open(path: string, options: ConnectionOptions): Promise<Session> {
  try {
    const session = new Session(path);
    for (const [name, value] of Object.entries(options.settings)) {
      await answer(session, `SET ${name} = ${typeof value === 'number' ? value : `'${value}'`}`);
    }
    return session;
  } catch (error) {
    throw (await isHeld(path))
      ? new TriplineError('TRIPLINE_DATA_DIR_LOCKED', `Another process uses the store in ${path}`, { cause: error })
      : new TriplineError(
          'TRIPLINE_DATA_DIR_UNUSABLE',
          storeError(error, `The store in ${path} does not open`).message,
          {
            cause: error,
          },
        );
  }
}

/** The engine does not say why it did not open. It writes its process id beside the data, and holds a lock on that file. */
async function isHeld(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK);
    const pid = Number(/^PID: (\d+)$/m.exec(await readFile(join(path, 'status'), 'utf8'))?.[1]);
    if (!(pid > 0) || pid === process.pid) return false;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
