import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyTree, type Outcome, outcomeOf } from './installed.ts';

let tree: string;
beforeAll(async () => {
  tree = await copyTree();
});
afterAll(() => rm(tree, { recursive: true, force: true }));

/** A child must not think that it is part of this test run. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_ENV|TEST)/.test(name)));
const run = (command: string, args: readonly string[]): Promise<Outcome> =>
  outcomeOf(spawn(command, args, { cwd: tree, env: { ...env, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] }));
const tool = (path: string, ...args: string[]) => run(process.execPath, [join(tree, 'node_modules', path), ...args]);
const create = (...args: string[]) => run('npm', ['run', '--silent', 'new', '--', ...args]);
const read = (path: string) => readFile(join(tree, path), 'utf8');

const PARTS = [
  {
    kind: 'detector',
    made: ['index.ts', 'attack.ts', 'sudden-quiet.test.ts', 'README.md'].map(
      (file) => `detectors/sudden-quiet/${file}`,
    ),
    list: 'detectors/index.ts',
    // In order of the folders' names.
    neighbours: /standingCredential,\s*suddenQuiet,\s*taskEnd/,
  },
  {
    kind: 'revoker',
    made: ['index.ts', 'sudden-quiet.test.ts', 'README.md'].map((file) => `src/respond/revokers/sudden-quiet/${file}`),
    list: 'src/respond/revokers/index.ts',
    neighbours: /suddenQuiet,\s*(v|webhook)/,
  },
  {
    kind: 'source',
    made: ['sudden-quiet.ts', 'sudden-quiet.test.ts'].map((file) => `src/sources/files/${file}`),
    list: 'src/sources/files/formats.ts',
    // Our own events match the most and are tried last.
    neighbours: /,\s*suddenQuiet,\s*posted,?\s*\];/,
  },
];

describe('npm run new', () => {
  it.each(PARTS)(
    'begins a $kind: folder, test, page and its line of the list',
    async ({ kind, made, list, neighbours }) => {
      const { code, stdout, stderr } = await create(kind, 'sudden-quiet');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      for (const path of made) {
        expect(stdout).toContain(`made     ${path}\n`);
        expect(existsSync(join(tree, path)), path).toBe(true);
      }
      expect(stdout).toContain(`changed  ${list}\n`);
      expect(await read(list)).toMatch(neighbours);
    },
  );

  it('leaves a tree that type-checks, is formatted, and passes its new tests', async () => {
    expect(await read('docs/sources.md')).toMatch(/\n## sudden-quiet\n/);
    expect(await tool('typescript/bin/tsc', '--noEmit', '-p', '.')).toEqual({ code: 0, stdout: '', stderr: '' });
    const formatted = await tool('@biomejs/biome/bin/biome', 'ci', '--vcs-enabled=false', 'detectors', 'src', 'docs');
    expect(formatted.code, formatted.stderr).toBe(0);
    const tests = await tool('vitest/vitest.mjs', 'run', 'sudden-quiet', 'catalogue', 'architecture');
    expect(tests.stdout).toMatch(/Test Files {2}5 passed \(5\)/);
    expect(tests.code).toBe(0);
  });

  it.each([
    [['detector', 'retry-storm'], 'detectors/retry-storm/index.ts is there already'],
    [['revoker', 'webhook'], 'src/respond/revokers/webhook/index.ts is there already'],
    [['source', 'cloudtrail'], 'src/sources/files/cloudtrail.ts is there already'],
    [
      ['detector', 'Tool_Burst'],
      'Tool_Burst is no name: expected lower case, words joined by dashes, such as tool-burst',
    ],
    [
      ['detector', '../../elsewhere'],
      '../../elsewhere is no name: expected lower case, words joined by dashes, such as tool-burst',
    ],
    [['detector', 'delete'], 'delete is no name for a part: the code uses the word itself'],
    [['gadget', 'tool-burst'], 'Usage: npm run new -- detector|revoker|source NAME'],
    [['detector'], 'Usage: npm run new -- detector|revoker|source NAME'],
    [[], 'Usage: npm run new -- detector|revoker|source NAME'],
  ])('refuses %j in one sentence, and changes nothing', async (args, sentence) => {
    const lists = () => Promise.all(PARTS.map(({ list }) => read(list)));
    const before = await lists();
    expect(await create(...args)).toEqual({ code: 2, stdout: '', stderr: `${sentence}\n` });
    expect(await lists()).toEqual(before);
  });
});
