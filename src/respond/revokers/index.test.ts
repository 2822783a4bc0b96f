import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadReceivers, REVOKERS } from './index.ts';

const here = import.meta.dirname;
const folders = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe('the list of revokers', () => {
  it('is the list of folders, in order', () => {
    expect(REVOKERS.map(({ id }) => id)).toEqual(folders.sort());
  });

  it.each(folders)('has a test in %s that runs the contract', (folder) => {
    const tests = readdirSync(join(here, folder)).filter((name) => name.endsWith('.test.ts'));
    const texts = tests.map((name) => readFileSync(join(here, folder, name), 'utf8'));
    expect(texts.some((text) => text.includes('testRevoker('))).toBe(true);
  });
});

describe('receivers of a configuration', () => {
  it.each<[what: string, section: { type: string }, says: string]>([
    ['an unknown type', { type: 'carrier-pigeon' }, 'Receiver idp has type "carrier-pigeon": expected one of '],
    ['a missing option', { type: 'webhook' }, 'Receiver idp cannot be used: url: '],
  ])('cannot have %s', (_, section, says) => {
    expect(() => loadReceivers({ idp: section })).toThrow(expect.objectContaining({ code: 'TRIPLINE_CONFIG_INVALID' }));
    expect(() => loadReceivers({ idp: section })).toThrow(says);
  });

  it('may be none', () => {
    expect(loadReceivers({}).size).toBe(0);
  });
});
