import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogConfig } from '../config.ts';
import { testLog } from '../contract.ts';
import { openLmdbLog } from './lmdb-log.ts';

testLog('lmdb', async (input) => {
  const dir = await mkdtemp(join(tmpdir(), 'tripline-log-'));
  const config = LogConfig.parse(input);
  let log = await openLmdbLog({ dir, config });
  return {
    log,
    async reopen() {
      await log.close();
      log = await openLmdbLog({ dir, config });
      return log;
    },
    async destroy() {
      await log.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
});
