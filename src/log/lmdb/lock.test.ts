import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLmdbLog } from './lmdb-log.ts';
import { type LockMethod, lockDataDir } from './lock.ts';

const HOLD_LOCK = fileURLToPath(new URL('./fixtures/hold-lock.ts', import.meta.url));
const METHODS: LockMethod[] = process.platform === 'darwin' ? ['exlock'] : ['flock', 'socket'];

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tripline-lock-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe.each(METHODS)('lock of the data folder by %s', (method) => {
  it('is held by one at a time, and says which folder is taken', async () => {
    const lock = await lockDataDir(dir, method);
    await expect(lockDataDir(dir, method)).rejects.toMatchObject({
      code: 'TRIPLINE_DATA_DIR_LOCKED',
      message: expect.stringContaining(dir),
      retriable: false,
    });
    await lock.release();
    await (await lockDataDir(dir, method)).release();
  });

  it('is free at once when its holder is killed', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', HOLD_LOCK, dir, method], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await expect(lockDataDir(dir, method)).rejects.toMatchObject({ code: 'TRIPLINE_DATA_DIR_LOCKED' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    await (await lockDataDir(dir, method)).release();
  });
});

describe('data folder', () => {
  it('is made when it is absent', async () => {
    await (await lockDataDir(join(dir, 'a', 'b'))).release();
  });

  it('is not locked by a file that somebody left', async () => {
    await writeFile(join(dir, '.lock'), '4711');
    await (await lockDataDir(dir)).release();
  });

  it('is refused with its name when it cannot be used', async () => {
    await writeFile(join(dir, 'file'), '');
    const under = join(dir, 'file', 'data');
    const refusal = { code: 'TRIPLINE_DATA_DIR_UNUSABLE', message: expect.stringContaining(under), retriable: false };
    await expect(lockDataDir(under)).rejects.toMatchObject(refusal);
    await expect(openLmdbLog({ dir: under })).rejects.toMatchObject(refusal);
  });

  it.skipIf(process.getuid?.() === 0)('is refused when it may not be written', async () => {
    await expect(lockDataDir('/')).rejects.toMatchObject({ code: 'TRIPLINE_DATA_DIR_UNUSABLE' });
  });

  it('is refused, and free again, when its log is not a log', async () => {
    await writeFile(join(dir, 'data.mdb'), await readFile(HOLD_LOCK));
    await expect(openLmdbLog({ dir })).rejects.toMatchObject({ code: 'TRIPLINE_DATA_DIR_UNUSABLE' });
    await (await lockDataDir(dir)).release();
  });

  it('holds one log at a time', async () => {
    const log = await openLmdbLog({ dir });
    await expect(openLmdbLog({ dir })).rejects.toMatchObject({ code: 'TRIPLINE_DATA_DIR_LOCKED' });
    await log.close();
    await (await openLmdbLog({ dir })).close();
  });
});
