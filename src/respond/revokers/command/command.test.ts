import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { orderOf, patient } from '../testing.ts';
import { command } from './index.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tripline-command-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** A program of these lines of JavaScript. */
async function open(lines: string, options: object = {}) {
  const program = join(dir, 'revoke');
  await writeFile(program, `#!${process.execPath}\n${lines}\n`);
  await chmod(program, 0o700);
  return command.create(command.config.parse({ type: 'command', program, ...options }), 'program');
}
const revoke = async (lines: string, options: object = {}, signal = patient()) =>
  (await open(lines, options)).revoke(orderOf(), signal);

describe('command', () => {
  it.each([
    ['process.exit(0)', { status: 'accepted' }],
    ['process.exit(75)', { status: 'retry', detail: 'The program says: not now (75)' }],
    ['process.exit(1)', { status: 'failed', detail: 'The program refused with 1' }],
    ['process.kill(process.pid, "SIGKILL")', { status: 'retry', detail: 'The program was ended by SIGKILL' }],
    ['console.log("no JSON"); console.error("secret words")', { status: 'accepted' }],
    [
      'console.log(JSON.stringify({ status: "gone", proof: [1] }))',
      { status: 'accepted', detail: 'gone', proof: '[1]' },
    ],
    ['console.log(JSON.stringify({ status: 7 }))', { status: 'accepted' }],
  ])('that does %s is taken for what it is', async (lines, result) => {
    expect(await revoke(lines)).toEqual(result);
  });

  it('gets the order on its standard input, its own environment, and no shell', async () => {
    process.env.COMMAND_TEST_TOKEN = 'for the program';
    const seen = `const input = JSON.parse(require('fs').readFileSync(0, 'utf8'));
      console.log(JSON.stringify({ proof: { type: input.type, target: input.data.target, env: process.env, argv: process.argv.slice(2) } }));`;
    const options = { args: ['$(touch x)', '; rm -rf /'], env: { TOKEN: { env: 'COMMAND_TEST_TOKEN' } } };
    const { proof } = (await revoke(seen, options)) as { proof: string };
    expect(JSON.parse(proof)).toEqual({
      type: 'tripline.revocation.requested',
      target: 'jwt:abc',
      env: { TOKEN: 'for the program' },
      argv: ['$(touch x)', '; rm -rf /'],
    });
  });

  it('is ended with all that it started when its time is over', async () => {
    const file = join(dir, 'child-lives');
    const child = `setTimeout(() => require('fs').writeFileSync(${JSON.stringify(file)}, ''), 1500)`;
    const stop = new AbortController();
    const lines = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'ignore' });
      require('fs').writeFileSync(${JSON.stringify(join(dir, 'started'))}, ''); setInterval(() => {}, 1000);`;
    const result = revoke(lines, {}, stop.signal);
    await vi.waitFor(() => expect(existsSync(join(dir, 'started'))).toBe(true), { timeout: 20_000 });
    stop.abort();
    expect(await result).toEqual({ status: 'retry', detail: 'The program took too long' });
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(existsSync(file)).toBe(false);
  });

  it('is ended when it writes more than is read', async () => {
    const lines = "setInterval(() => process.stdout.write('x'.repeat(1000)), 1)";
    expect(await revoke(lines, { output_bytes_max: 5000 })).toEqual({
      status: 'retry',
      detail: 'The program wrote too much',
    });
  });

  it('is asked to take it back where it can', async () => {
    const lines = `const { type } = JSON.parse(require('fs').readFileSync(0, 'utf8')); console.log(JSON.stringify({ status: type }));`;
    const receiver = await open(lines, { can_undo: true });
    expect(await receiver.undo!(orderOf(), patient())).toMatchObject({ detail: 'tripline.revocation.undo_requested' });
    expect((await open(lines)).undo).toBeUndefined();
  });

  it('is named by an absolute path only', () => {
    expect(command.config.safeParse({ type: 'command', program: 'revoke' }).error?.issues[0]?.message).toBe(
      'expected an absolute path',
    );
  });
});
