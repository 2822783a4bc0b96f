import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { newFolder } from './testing/door.ts';

const folder = await newFolder();
afterAll(folder.remove);
const fixture = fileURLToPath(new URL('./fixtures/fill-disk.ts', import.meta.url));

describe('a full disk', () => {
  it('is answered with 503, acknowledges nothing, and costs nothing once there is room', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', fixture, folder.dir]);
    const seen = JSON.parse(stdout);
    expect(seen.next).toBeGreaterThan(0);
    const acknowledged = Array.from({ length: seen.next }, (_, n) => `e${n}`);
    expect(seen.refused).toEqual({ status: 503, retry_after: '1', error: 'TRIPLINE_LOG_UNAVAILABLE' });
    expect(seen.refusedOtlp).toMatchObject({ status: 503, retry_after: '1' });
    expect(Object.keys(seen.refusedOtlp.answer)).toEqual(['message']);
    expect(seen.keptWhenFull).toEqual(acknowledged);
    // Not repeats: nobody had said that they were kept.
    expect(seen.again).toMatchObject({ status: 202, accepted: 5 });
    expect(seen.againOtlp).toMatchObject({ status: 200, answer: {} });
    const later = Array.from({ length: 5 }, (_, n) => `e${seen.next + n}`);
    const told = Array.from({ length: 10 }, (_, n) => `o${n}`);
    expect(seen.keptAfter.sort()).toEqual([...acknowledged, ...later, ...told].sort());
  });
});
