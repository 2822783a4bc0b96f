import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';
import { EVENT } from '../../event/event.ts';
import { encodeFrame } from '../../event/frame/index.ts';
import { StoreConfig } from '../config.ts';
import { testStore } from '../contract.ts';
import { migrate } from '../migrations/migrate.ts';
import { openChdbStore } from './chdb-store.ts';

const root = mkdtempSync(join(tmpdir(), 'tripline-store-'));
afterAll(() => rmSync(root, { recursive: true }));

testStore('in this process', async () => {
  const store = await openChdbStore({ dir: join(root, "con'tract") });
  return { store, close: () => store.close() };
});

describe('a folder of the store', () => {
  it('keeps its rows, and loses what a crashed process left in transit', async () => {
    const dir = join(root, 'kept');
    mkdirSync(join(dir, 'incoming'), { recursive: true });
    writeFileSync(join(dir, 'incoming', '1-1.native'), 'left');
    const rows = [{ event_id: 'kept', received: Date.now() }];
    const first = await openChdbStore({ dir });
    await migrate(first);
    await first.insert({ table: 'events', frames: [encodeFrame(EVENT.columns, rows)], token: 'a' });
    await first.close();
    const second = await openChdbStore({ dir });
    await migrate(second);
    // The token is remembered over a restart too.
    await second.insert({ table: 'events', frames: [encodeFrame(EVENT.columns, rows)], token: 'a' });
    expect(await second.query('SELECT event_id FROM events')).toEqual([{ event_id: 'kept' }]);
    expect(readdirSync(join(dir, 'incoming'))).toEqual([]);
    await second.close();
  });

  it('belongs to one process', async () => {
    const dir = join(root, 'held');
    const script = `import { openChdbStore } from '${new URL('./chdb-store.ts', import.meta.url)}';
      await openChdbStore({ dir: process.argv[1] }); console.log('open'); process.stdin.resume();`;
    const holder = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, dir], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    await expect(openChdbStore({ dir })).rejects.toMatchObject({
      code: 'TRIPLINE_DATA_DIR_LOCKED',
      message: `Another process uses the store in ${join(dir, 'db')}`,
    });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const store = await openChdbStore({ dir });
    await store.close();
  });

  it('must be a folder that can be made, of a name that the engine can read', async () => {
    writeFileSync(join(root, 'file'), '');
    const code = 'TRIPLINE_DATA_DIR_UNUSABLE';
    await expect(openChdbStore({ dir: join(root, 'file', 'x') })).rejects.toMatchObject({ code });
    await expect(openChdbStore({ dir: join(root, 'a{b}') })).rejects.toMatchObject({ code });
  });

  it('answers after it was closed with an error that may pass', async () => {
    const store = await openChdbStore({ dir: join(root, 'closed') });
    await store.close();
    await expect(store.query('SELECT 1')).rejects.toMatchObject({
      code: 'TRIPLINE_STORE_UNAVAILABLE',
      retriable: true,
    });
  });
});

describe('a process that was killed', () => {
  it('left every answered block in the store, and one that is sent again goes in once', async () => {
    const dir = join(root, 'killed');
    const script = `import { openChdbStore, migrate } from '${new URL('../index.ts', import.meta.url)}';
      import { EVENT } from '${new URL('../../event/event.ts', import.meta.url)}';
      import { encodeFrame } from '${new URL('../../event/frame/index.ts', import.meta.url)}';
      const store = await openChdbStore({ dir: process.argv[1] });
      await migrate(store);
      for (let i = Number(process.argv[2]); ; i++) {
        const rows = Array.from({ length: 20 }, (_, k) => ({ event_id: i + '/' + k, received: Date.now() }));
        await store.insert({ table: 'events', frames: [encodeFrame(EVENT.columns, rows)], token: 'block ' + i });
        console.log(i);
      }`;
    let next = 0;
    for (const answers of [1, 2, 5, 9]) {
      const arguments_ = ['--import', 'tsx', '--input-type=module', '-e', script, dir, String(next)];
      const child = spawn(process.execPath, arguments_, { stdio: ['ignore', 'pipe', 'inherit'] });
      let left = answers;
      for await (const line of createInterface(child.stdout)) {
        next = Number(line) + 1;
        if (--left === 0) child.kill('SIGKILL');
      }
    }
    const store = await openChdbStore({ dir });
    const counts = await store.query<{ block: number; n: number }>(
      "SELECT toUInt32(splitByChar('/', event_id)[1]) AS block, count() AS n FROM events GROUP BY block ORDER BY block",
    );
    await store.close();
    const answered = counts.filter(({ block }) => block < next);
    expect(answered).toEqual(Array.from({ length: next }, (_, block) => ({ block, n: 20 })));
    // At most the one that was under way, and that one whole.
    expect(counts.slice(next).every(({ block, n }) => block === next && n === 20)).toBe(true);
  });
});

describe('many queries', () => {
  it('beyond the stated number are refused, not piled up', async () => {
    const config = StoreConfig.parse({ queries_waiting_max: 2 });
    const store = await openChdbStore({ dir: join(root, 'busy'), config });
    const results = await Promise.allSettled(['1', '2', '3'].map((n) => store.query(`SELECT ${n} AS n`)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(await store.query('SELECT 4 AS n')).toEqual([{ n: 4 }]);
    await store.close();
  });
});
