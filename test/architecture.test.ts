import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** What each room may import besides itself. Imports point one way: from the bottom of this list to its top. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'src/errors.ts': [],
  'src/secret.ts': ['src/errors.ts'],
  'src/event': ['src/errors.ts'],
  'src/alert': ['src/event'],
  'src/order': ['src/event', 'src/alert'],
  'src/incident': ['src/alert'],
  'src/act': ['src/event'],
  'src/metrics': [],
  'src/log': ['src/errors.ts', 'src/secret.ts', 'src/event', 'src/metrics'],
  'src/signing': ['src/errors.ts'],
  'src/audit': ['src/errors.ts', 'src/event', 'src/alert', 'src/order', 'src/act'],
  'src/store': [
    'src/errors.ts',
    'src/secret.ts',
    'src/event',
    'src/alert',
    'src/order',
    'src/act',
    'src/audit',
    'src/metrics',
  ],
  'src/sources': ['src/errors.ts', 'src/event'],
  'src/ingest': ['src/errors.ts', 'src/event', 'src/metrics', 'src/log', 'src/sources'],
  'src/detect': ['src/errors.ts', 'src/event', 'src/alert', 'src/metrics', 'src/log'],
  detectors: ['src/event', 'src/alert', 'src/detect'],
  'src/respond': [
    'src/errors.ts',
    'src/secret.ts',
    'src/event',
    'src/alert',
    'src/order',
    'src/act',
    'src/metrics',
    'src/log',
    'src/signing',
  ],
  'src/ssf': [
    'src/errors.ts',
    'src/secret.ts',
    'src/event',
    'src/order',
    'src/act',
    'src/metrics',
    'src/log',
    'src/signing',
    'src/respond',
  ],
  'src/backtest': [
    'src/errors.ts',
    'src/event',
    'src/alert',
    'src/order',
    'src/act',
    'src/metrics',
    'src/log',
    'src/signing',
    'src/respond',
  ],
  'src/archive': [
    'src/errors.ts',
    'src/event',
    'src/alert',
    'src/order',
    'src/act',
    'src/audit',
    'src/metrics',
    'src/log',
    'src/store',
  ],
  'src/live': ['src/event', 'src/alert', 'src/order', 'src/act', 'src/log'],
  'src/triage': ['src/errors.ts', 'src/event', 'src/act', 'src/metrics', 'src/log', 'src/store', 'src/live'],
  'src/serve': [
    'src/errors.ts',
    'src/event',
    'src/alert',
    'src/order',
    'src/act',
    'src/audit',
    'src/incident',
    'src/metrics',
    'src/signing',
    'src/store',
    'src/live',
    'src/triage',
  ],
  // Types only: what it draws with runs in a browser.
  console: ['src/event', 'src/alert', 'src/order', 'src/act'],
  samples: ['src/errors.ts', 'src/event'],
  'src/config': [
    'src/errors.ts',
    'src/ingest',
    'src/log',
    'src/detect',
    'src/respond',
    'src/ssf',
    'src/archive',
    'src/store',
    'src/triage',
    'src/serve',
  ],
  'src/run': ['*'],
  'src/eval': ['*'],
  'src/selftest': ['*'],
  'src/cli': ['*'],
};

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.test.ts'))
    .map((file) => join(folder, file));
}

function roomOf(file: string): string {
  const room = Object.keys(MAY_IMPORT).find((name) => file === name || file.startsWith(`${name}/`));
  return room ?? file;
}

const files = ['src', 'detectors', 'samples', 'console'].flatMap(sources);

describe('the shape of the code', () => {
  it('has a stated place for every file', () => {
    expect(files.filter((file) => !(roomOf(file) in MAY_IMPORT))).toEqual([]);
  });

  it('imports in one direction only', () => {
    const wrong: string[] = [];
    for (const file of files) {
      const room = roomOf(file);
      const allowed = MAY_IMPORT[room] ?? [];
      // Contract suites and test helpers are run by tests only.
      for (const [, target] of readFileSync(join(root, file), 'utf8').matchAll(/from '(\.[^']+)'/g)) {
        const imported = roomOf(relative(root, resolve(root, dirname(file), target!)));
        if (imported !== room && !allowed.includes('*') && !allowed.includes(imported))
          wrong.push(`${file} imports ${imported}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('gives the console the types of the server and none of its code, and lets it draw text only', () => {
    const wrong = files
      .filter((file) => file.startsWith('console/'))
      .filter((file) => {
        const text = readFileSync(join(root, file), 'utf8');
        return (
          /^(?:import|export) (?!type )[^;]*from '[./]+\/src\/(?:event|alert|order|act)\//m.test(text) ||
          /dangerouslySetInnerHTML|innerHTML|insertAdjacentHTML/.test(text)
        );
      });
    expect(wrong).toEqual([]);
  });

  it('keeps files short enough to be read in one go', () => {
    const lines = (file: string) => readFileSync(join(root, file), 'utf8').split('\n').length;
    expect(files.filter((file) => lines(file) > 260)).toEqual([]);
  });

  it('bans what this code base has a better way for', () => {
    const bans: [pattern: RegExp, instead: string, except?: RegExp][] = [
      [/\bgroupBy\(/, 'a windowed operator of src/detect/windows: groupBy never forgets a key'],
      [
        /\b(bufferTime|windowTime|debounceTime|auditTime)\(/,
        'an operator over event time: timers are wrong for replayed events',
      ],
      [/\bconsole\.log\(/, 'the logger, or the print function of the command line', /^src\/cli\//],
      [/chdb\/connection/, "chdb's own Session: the connection leaks and mis-quotes settings"],
      [
        /Date\.now\(\)|new Date\(\)/,
        'the event time or the log time that was handed in',
        /^(?!detectors\/|src\/detect\/windows\/)/,
      ],
    ];
    const hits = files.flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return bans
        .filter(([pattern, , except]) => pattern.test(text) && !except?.test(file))
        .map(([pattern, instead]) => `${file}: ${pattern.source} -> use ${instead}`);
    });
    expect(hits).toEqual([]);
  });
});
