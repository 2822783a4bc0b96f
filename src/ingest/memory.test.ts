import { execFile } from 'node:child_process';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';
import { createMetrics } from '../metrics/metrics.ts';
import { createReadBody } from './body.ts';
import { IngestConfig } from './config.ts';
import { newFolder } from './testing/door.ts';

v8.setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
const folder = await newFolder();
afterAll(folder.remove);

describe('the memory that a body takes', () => {
  it('is that of its bytes, also when they come one by one', async () => {
    const CHUNKS = 300_000;
    let growth = 0;
    function* bytes() {
      collect();
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < CHUNKS; i++) yield Buffer.from('x');
      collect();
      growth = process.memoryUsage().heapUsed - before;
    }
    const body = await createReadBody(IngestConfig.parse({}), createMetrics())(Readable.from(bytes()), {});
    expect(body.bytes.equals(Buffer.alloc(CHUNKS, 'x'))).toBe(true);
    // A chunk that is kept weighs about a hundred bytes.
    expect(growth).toBeLessThan(30 * CHUNKS);
  });

  it('does not grow with the events in it, nor with the bodies that are parsed at one time', async () => {
    // All four together would be about 400 MB of objects.
    const heap = '--max-old-space-size=128';
    const fixture = fileURLToPath(new URL('./fixtures/dense-bodies.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [heap, '--import', 'tsx', fixture, folder.dir]);
    expect(JSON.parse(stdout)).toEqual(Array.from({ length: 4 }, () => ({ accepted: 4, duplicates: 0, rejected: [] })));
  });
});
