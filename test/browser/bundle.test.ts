import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildConsole } from './browser.ts';

let built: Awaited<ReturnType<typeof buildConsole>>;
beforeAll(async () => {
  built = await buildConsole();
});
afterAll(() => built.remove());

const KB = 1000;

describe('the built console', () => {
  const sizes = (ending: string) =>
    readdirSync(join(built.folder, 'assets'))
      .filter((name) => name.endsWith(ending))
      .map((name) => gzipSync(readFileSync(join(built.folder, 'assets', name)), { level: 9 }).length);
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

  it('is at most 160 kB of script and 20 kB of style, compressed', () => {
    expect(sum(sizes('.js'))).toBeGreaterThan(0);
    expect(sum(sizes('.js'))).toBeLessThanOrEqual(160 * KB);
    expect(sum(sizes('.css'))).toBeLessThanOrEqual(20 * KB);
  });

  it('has nothing in its page that the content policy would stop', () => {
    const page = readFileSync(join(built.folder, 'index.html'), 'utf8');
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:|https?:/);
    for (const [, attributes, body] of page.matchAll(/<script([^>]*)>([^<]*)</g))
      expect([/src="\//.test(attributes!), body]).toEqual([true, '']);
  });
});
