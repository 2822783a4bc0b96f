import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { copyTree, type Installed, install, outcomeOf } from './installed.ts';

let tripline: Installed;
beforeAll(async () => {
  tripline = await install();
});
afterAll(() => tripline.remove());

const file = async (name: string, text: string) => {
  const path = join(tripline.cwd, name);
  await writeFile(path, text);
  return path;
};

/** What a command says when it cannot do what was asked: one sentence, no stack, nothing on standard output. */
async function sentence(args: readonly string[], nodeArgs?: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await tripline.run(args, nodeArgs);
  expect({ code, stdout, lines: stderr.trimEnd().split('\n') }).toEqual({
    code: 2,
    stdout: '',
    lines: [expect.not.stringMatching(/^\s*at |Error:/)],
  });
  return stderr.trimEnd();
}

describe('a command that cannot be done as asked', () => {
  it.each<[string, string[], string]>([
    ['unknown option', ['up', '--nonsense'], "error: unknown option '--nonsense'; --help shows what there is"],
    ['unknown command', ['dance'], "error: unknown command 'dance'; --help shows what there is"],
    [
      'almost a command',
      ['replai'],
      "error: unknown command 'replai' (Did you mean replay?); --help shows what there is",
    ],
    [
      'a missing argument',
      ['keys', 'create'],
      "error: missing required argument 'producer'; --help shows what there is",
    ],
    [
      'a missing option',
      ['replay', 'x'],
      "error: required option '--to <url>' not specified; --help shows what there is",
    ],
    ['up --once alone', ['up', '--once'], '--once needs something that ends: --sample or --input FILE'],
    ['--input without --once', ['up', '--input', 'x'], '--input goes with --once and without --sample'],
    ['--alerts alone', ['up', '--alerts', 'x'], '--alerts goes with --input'],
    [
      'a port that is none',
      ['up', '--port', '4318x'],
      "error: option '--port <port>' argument '4318x' is invalid. Expected 0 to 65535.; --help shows what there is",
    ],
    [
      'a log level that is none',
      ['up', '--log-level', 'loud'],
      "error: option '--log-level <level>' argument 'loud' is invalid. Allowed choices are trace, debug, info, warn, error, silent.; --help shows what there is",
    ],
    [
      'a speed that is none',
      ['replay', 'x', '--to', 'http://127.0.0.1:1', '--speed', '-1'],
      '--speed: expected a number above 0 or max, got -1',
    ],
    [
      'an address that is none',
      ['replay', 'x', '--to', 'door'],
      'The door has an address such as http://127.0.0.1:4318, and not door',
    ],
    [
      'a file that is not there',
      ['replay', 'gone.jsonl', '--to', 'http://127.0.0.1:1'],
      'gone.jsonl, line 1: there is no such file',
    ],
    [
      'an input that is not there',
      ['up', '--once', '--input', 'gone.jsonl'],
      'gone.jsonl, line 1: there is no such file',
    ],
    [
      'a configuration that is not there',
      ['up', '--config', 'gone.yaml'],
      'The configuration gone.yaml cannot be read',
    ],
    [
      'a producer that may not be',
      ['keys', 'create', 'Build Agents'],
      'A producer is named by a-z, 0-9, dot, dash and underscore, and not local or tripline; got Build Agents',
    ],
  ])('%s', async (_, args, expected) => {
    expect(await sentence(args)).toBe(expected);
  });

  it('says which option of the configuration is wrong', async () => {
    const unknown = await file('unknown.yaml', 'ingest: { prot: 4318 }\n');
    expect(await sentence(['up', '--config', unknown])).toBe(
      `${unknown} cannot be used: ingest: Unrecognized key: "prot"`,
    );
    const wrong = await file('wrong.yaml', 'ingest: { port: high }\n');
    expect(await sentence(['up', '--config', wrong])).toMatch(/ cannot be used: ingest\.port: .*number/);
    const torn = await file('torn.yaml', 'ingest: [\n');
    expect(await sentence(['up', '--config', torn])).toMatch(/^\S+torn\.yaml is not YAML: .* at line 2, column 1/);
    const detector = await file('detector.yaml', 'detect: { detectors: { nobody: {} } }\n');
    expect(await sentence(['up', '--config', detector, '--port', '0', '--api-port', '0'])).toMatch(
      /^There is no detector "nobody": expected one of canary, first-seen, /,
    );
  });

  it('says that a port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const port = String((other.address() as AddressInfo).port);
    try {
      const folder = ['--data-dir', join(tripline.cwd, 'ports')];
      expect(await sentence(['up', '--port', port, '--api-port', '0', ...folder])).toContain(
        `127.0.0.1 port ${port} is taken`,
      );
      expect(await sentence(['up', '--port', '0', '--api-port', port, ...folder])).toContain(port);
    } finally {
      other.close();
    }
  });

  it('says that the data folder cannot be used, whoever runs it', async () => {
    const under = join(await file('a-file', ''), 'data');
    for (const args of [['up'], ['keys', 'create', 'build-agents']])
      expect(await sentence([...args, '--data-dir', under])).toMatch(
        /^The data folder \S+a-file\/data\S* cannot be used: ENOTDIR/,
      );
  });

  it('says that another Tripline has the data folder', async () => {
    const dir = join(tripline.cwd, 'shared');
    const first = await tripline.start(['--data-dir', dir]);
    try {
      expect(await sentence(['up', '--data-dir', dir, '--port', '0', '--api-port', '0'])).toMatch(
        /^Another Tripline is using the data folder \S+shared\S*: stop it or name another folder\.$/,
      );
    } finally {
      expect(await first.stop()).toBe(0);
    }
  });

  it('says that alerts cannot be written where they should', async () => {
    const input = await file(
      'one.ndjson',
      '{"kind":"tool_call","event_id":"1","agent_id":"a","tool_name":"t","outcome":"ok"}\n',
    );
    const folder = join(tripline.cwd, 'folder');
    await mkdir(folder);
    expect(await sentence(['up', '--once', '--input', input, '--alerts', folder])).toBe(
      `The alerts cannot be written to ${folder}`,
    );
  });

  it('says that it is not built', async () => {
    const tree = await copyTree();
    const bin = join(tree, 'bin/tripline.cjs');
    const unbuilt = outcomeOf(spawn(process.execPath, [bin, 'up'], { stdio: ['ignore', 'pipe', 'pipe'] }));
    expect(await unbuilt).toEqual({
      code: 2,
      stdout: '',
      stderr: `Tripline is not built yet: run "npm run build" in ${tree} first.\n`,
    });
    await rm(tree, { recursive: true });
  });

  it.each(['20.18.3', '18.20.4', '4.9.1'])('says which Node it needs on Node %s', async (version) => {
    const fake = await file(
      'older.cjs',
      `Object.defineProperty(process, 'versions', { value: { node: '${version}' } });`,
    );
    expect(await sentence(['--version'], ['--require', fake])).toBe(
      `Tripline needs Node ${manifest.engines.node.replace('>=', '')} or newer, and this is ${version}.`,
    );
  });
});
