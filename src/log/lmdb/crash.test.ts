import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Log } from '../log.ts';
import { openLmdbLog } from './lmdb-log.ts';

interface Acknowledged {
  partition: number;
  offset: number;
  text: string;
}

const SEED = 20;
const ROUNDS = 10;
const WRITERS = 4;
const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url));

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tripline-crash-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Runs the writers and kills them after so many acknowledgements; resolves with all that were heard. */
async function writeUntilKilled(round: number, count: number): Promise<Acknowledged[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', fixture('append-forever'), dir, `${round}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const heard: Acknowledged[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.endsWith('}')) continue; // The last line may be cut off.
    heard.push(JSON.parse(line));
    if (heard.length === count) child.kill('SIGKILL');
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
  return heard;
}

/** All texts of a partition, by offset. Fails on a hole. */
async function textsOf(log: Log, partition: number): Promise<string[]> {
  const records = await log.read('events', partition, 0, 1e9);
  records.forEach(({ offset }, i) => {
    expect(offset).toBe(i);
  });
  return records.map(({ frame }) => frame.toString().replace(/\.+$/, ''));
}

/** The state and the commit of each writer are those of its last record. */
async function checkWholeWrites(log: Log, texts: string[][]): Promise<void> {
  for (let writer = 0; writer < WRITERS; writer++) {
    const partition = writer % 2;
    const last = texts[partition]!.findLast((text) => text.startsWith(`${writer} `))?.split(' ');
    const state: string[] = [];
    for await (const [, value] of log.state(`writer/${writer}`)) state.push(value.toString());
    expect(state).toEqual(last ? [`${last[0]} ${last[1]}`] : []);
    expect(await log.committed(`writer ${writer}`, 'events', partition)).toBe(last ? Number(last[2]) : undefined);
  }
}

it('keeps every acknowledged write once and whole, without holes, through ten kills', async () => {
  const random = randomFrom(SEED);
  const heard: Acknowledged[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    heard.push(...(await writeUntilKilled(round, 1 + Math.floor(400 * random()))));
    const log = await openLmdbLog({ dir });
    const texts = [await textsOf(log, 0), await textsOf(log, 1)];
    const names = texts.flat().map((text) => text.split(' ').slice(0, 2).join(' '));
    expect(new Set(names).size).toBe(names.length);
    for (const { partition, offset, text } of heard)
      expect(texts[partition]![offset], `seed ${SEED}, round ${round}`).toMatch(new RegExp(`^${text} `));
    await checkWholeWrites(log, texts);
    await log.close();
  }
});

it.skipIf(!canLimit())('refuses writes whole while the disk is full, and goes on when there is room', async () => {
  const out = execFileSync(process.execPath, ['--import', 'tsx', fixture('fill-disk'), dir], { stdio: 'pipe' });
  const { acknowledged, refused, after, texts, states } = JSON.parse(`${out}`);
  const count = acknowledged.length;
  expect(count).toBeGreaterThan(0);
  expect(acknowledged).toEqual(Array.from({ length: count }, (_, i) => i));
  expect(refused).toEqual(Array(3).fill(['TRIPLINE_LOG_UNAVAILABLE', true]));
  expect(after).toEqual([count, count + 1]);
  const written = [...acknowledged.map((i: number) => `n${i}`), 'after', 'after too'];
  expect(texts).toEqual(written);
  expect(states).toEqual(written.toSorted());
});

/** prlimit makes a file of this process hit a limit as a full disk would. */
function canLimit(): boolean {
  try {
    execFileSync('prlimit', ['--pid', `${process.pid}`], { stdio: 'ignore' });
    return true;
  } catch {
    console.log('Skipped: there is no prlimit here to fill a disk with.');
    return false;
  }
}

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
