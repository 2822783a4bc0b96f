import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../src/ingest/keys.ts';
import { type Running, startTripline } from './support/process.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '..');
const page = await readFile(join(root, 'docs/sending-events.md'), 'utf8');
const folder = await mkdtemp(join(tmpdir(), 'tripline-docs-'));
const data_dir = join(folder, 'data');
let tripline: Running;
let key: string;

beforeAll(async () => {
  const config = join(folder, 'tripline.yaml');
  await writeFile(config, `data_dir: ${data_dir}\ningest: { port: 0 }\nserve: { port: 0 }\n`);
  key = (await createKey(data_dir, 'billing-agents')).key;
  tripline = await startTripline(config, {});
});
afterAll(async () => {
  await tripline.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The indented blocks under a heading, as a reader would copy them, at the addresses of the test's own doors. */
function blocks(heading: string, from = page): string[] {
  const section = from.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/(?:^ {4}.*\n(?:^\n(?= {4}))?)+/gm)].map(([block]) =>
    block
      .replace(/^ {4}/gm, '')
      .replaceAll('http://127.0.0.1:4318', tripline.ingest)
      .replaceAll('http://127.0.0.1:4380', tripline.api),
  );
}

describe('the page on sending events', () => {
  it('has a curl command whose answer is the one it prints', async () => {
    const [command = '', answer = ''] = blocks('curl');
    expect(command).toContain('curl');
    const { stdout } = await run('bash', ['-c', command]);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(answer));
  });

  it('has TypeScript that runs', async () => {
    const file = join(folder, 'send.mts');
    const [code = ''] = blocks('TypeScript');
    const answer = code.replace('await fetch(', 'const answer = await fetch(');
    await writeFile(file, `const token = 'opaque-token-of-a-reader';\n${answer}\nconsole.log(await answer.text());\n`);
    const { stdout } = await run(process.execPath, ['--import', 'tsx', file], {
      cwd: root,
      env: { ...process.env, TRIPLINE_KEY: key },
    });
    expect(JSON.parse(stdout)).toEqual({ accepted: 1, duplicates: 0, rejected: [] });
  });

  it('has commands for files that do what they say', async () => {
    const file = join(folder, 'events.ndjson');
    await writeFile(file, '{"kind":"tool_call","agent_id":"a","tool_name":"read_file","outcome":"ok"}\n');
    const [text = ''] = blocks('Files');
    const commands = text.trim().split('\n');
    expect(commands).toHaveLength(2);
    const answers = [];
    for (const command of commands) {
      const [, , ...args] = command.replace('FILE', file).split(' ');
      const { stdout } = await run(process.execPath, ['--import', 'tsx', join(root, 'src/cli/main.ts'), ...args], {
        cwd: root,
      });
      answers.push(stdout.trim());
    }
    expect(answers[0]).toMatch(/\b1\b/);
    expect(JSON.parse(answers[1]!.split('\n').at(-1)!)).toMatchObject({ read: 1, accepted: 1, rejected: 0 });
  });
});

describe('the page for receivers', async () => {
  const receivers = await readFile(join(root, 'docs/receivers.md'), 'utf8');
  const printed = async (heading: string) => {
    const found: string[] = [];
    for (const command of blocks(heading, receivers)) found.push((await run('bash', ['-c', command])).stdout);
    return found;
  };

  it('has a command for the keys', async () => {
    const [keys] = await printed('Keys');
    expect(JSON.parse(keys!)).toMatchObject({ keys: [{ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' }] });
  });

  it('has commands for one credential and for the list', async () => {
    const [one, all] = await printed('Before the issuer has answered');
    expect(JSON.parse(one!)).toEqual({ revoked: false });
    expect(all).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*etag: "[\w-]+"[\s\S]*\r\n\r\n[\w-]+\.[\w-]+\.[\w-]+$/);
  });
});
