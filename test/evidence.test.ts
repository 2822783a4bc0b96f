import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Bundle, verifyBundle } from '../src/audit/bundle.ts';
import { parseConfig } from '../src/config/config.ts';
import { loadPolicy } from '../src/respond/policy.ts';
import { openDoors } from '../src/run/server.ts';
import { openTripline, type Tripline } from '../src/run/tripline.ts';
import { openReceiver, type SandboxReceiver } from '../src/selftest/receiver.ts';
import { postStorm } from './support/storm.ts';

const SECRET = 'EVIDENCE_WEBHOOK_SECRET';
const POLICY = 'version: 1\nrules:\n  - { name: act, mode: enforce, receivers: [idp], target: credential }\n';
const root = resolve(import.meta.dirname, '..');
const dir = mkdtempSync(join(tmpdir(), 'tripline-evidence-'));
const POLL = { timeout: 30_000, interval: 50 };
let tripline: Tripline;
let receiver: SandboxReceiver;
let api: string;
let order_id: string;

beforeAll(async () => {
  receiver = await openReceiver();
  process.env[SECRET] = receiver.secret;
  const idp = { type: 'webhook', url: receiver.url, secrets: [{ env: SECRET }], allow_private: true, can_undo: true };
  const config = parseConfig(
    { data_dir: dir, ingest: { port: 0 }, serve: { port: 0 }, respond: { receivers: { idp } } },
    'test',
  );
  tripline = await openTripline({ config, policy: loadPolicy(POLICY), logger: pino({ level: 'silent' }) });
  const doors = await openDoors(tripline);
  api = doors.serve.url;
  await postStorm(doors.ingest.url, 'planner', 'test:one');
  await tripline.settled();
  order_id = tripline.respond.revoked('test:one')[0]!.order_id;
  await vi.waitFor(() => expect(tripline.respond.status().orders).toEqual({ accepted: 1 }), POLL);
  await tripline.respond.people.undo(order_id, { who: 'ann', why: 'a planned test', false_alarm: true });
  await vi.waitFor(() => expect(tripline.respond.status().orders).toEqual({ undone: 1 }), POLL);
  await tripline.settled();
}, 60_000);
afterAll(async () => {
  await tripline.close();
  await receiver.close();
  delete process.env[SECRET];
  rmSync(dir, { recursive: true });
});

/** The real command. */
function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = ['--import', 'tsx', join(root, 'src/cli/main.ts'), ...args];
  return new Promise((done) => {
    execFile(process.execPath, command, { cwd: root }, (error, stdout, stderr) =>
      done({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}
const file = (name: string) => join(dir, name);

describe('the bundle of an order', () => {
  it('has the whole story, signed, and is found good without asking anybody', { timeout: 60_000 }, async () => {
    expect(await run('bundle', order_id, '--api', api, '--out', file('b.json'))).toMatchObject({ code: 0, stderr: '' });
    const { content, keys } = JSON.parse(readFileSync(file('b.json'), 'utf8')) as Bundle;
    expect(content.transitions.map(({ state, who }) => [state, who])).toEqual([
      ['proposed', 'policy'],
      ['sent', 'policy'],
      ['accepted', 'idp'],
      ['undo_requested', 'ann'],
      ['undone', 'idp'],
    ]);
    expect(content).toMatchObject({
      order_id,
      state: 'undone',
      alert: { detector: 'retry-storm', credential: 'test:one', threshold_name: expect.any(String) },
      events_missing: [],
      detector: { id: 'retry-storm', version: expect.stringMatching(/./) },
      policy: { rule: 'act', version: loadPolicy(POLICY).version, text: { mode: 'enforce', target: 'credential' } },
    });
    expect(content.events.map(({ event_id }) => event_id)).toContain('planner-3');
    expect(content.links.map(({ record }) => record).sort()).toEqual(
      [content.alert!.alert_id, ...[0, 1, 2, 3, 4].map((seq) => `${order_id}/${seq}`)].sort(),
    );
    expect(JSON.stringify(keys)).not.toContain('"d"');

    writeFileSync(file('keys.json'), await (await fetch(`${api}/.well-known/jwks.json`)).text());
    const good = await run('bundle', 'verify', file('b.json'), '--keys', file('keys.json'), '--json');
    expect(good.code).toBe(0);
    expect(JSON.parse(good.stdout)).toEqual({
      ok: true,
      order_id,
      state: 'undone',
      kid: keys[0]!.kid,
      key_known: true,
      problems: [],
    });
  });

  it.each<[what: string, change: (bundle: Bundle) => void, problem: string]>([
    [
      'who undid it',
      (b) => Object.assign(b.content.transitions[3]!, { who: 'bob' }),
      'The content is not what was signed',
    ],
    ['an event', (b) => Object.assign(b.content.events[0]!, { tool_name: 'x' }), 'The content is not what was signed'],
    ['a transition that is gone', (b) => b.content.transitions.splice(2, 1), 'Transition 2 is missing'],
    ['the signature', (b) => Object.assign(b, { signature: 'a.b.c' }), 'The signature is not by any of the keys'],
    ['a row and its link', (b) => Object.assign(b.content.alert!, { summary: 'nothing' }), 'is not what its link says'],
  ])('is found bad with a change of %s', async (_, change, problem) => {
    const bundle = JSON.parse(readFileSync(file('b.json'), 'utf8')) as Bundle;
    change(bundle);
    const { ok, problems } = await verifyBundle(bundle);
    expect(ok).toBe(false);
    expect(problems.join('\n')).toContain(problem);
  });

  it('is found bad by keys of somebody else, and by the command with exit code 1', { timeout: 60_000 }, async () => {
    const other = { keys: [{ kty: 'EC', kid: 'other', crv: 'P-256', x: 'AA', y: 'AA' }] };
    writeFileSync(file('other.json'), JSON.stringify(other));
    const { code, stdout } = await run('bundle', 'verify', file('b.json'), '--keys', file('other.json'));
    expect(code).toBe(1);
    expect(stdout).toContain('The signature is not by any of the keys');
  });

  it('is none for an order that is not known', async () => {
    expect((await fetch(`${api}/api/revocations/ord_none/bundle`)).status).toBe(404);
  });
});

describe('the chains', () => {
  it('hold, go through heads that were kept, and show a row that was changed', { timeout: 60_000 }, async () => {
    const heads = await run('chain', 'heads', '--api', api);
    expect(heads.code).toBe(0);
    writeFileSync(file('heads.json'), heads.stdout);
    const good = await run('chain', 'verify', '--heads', file('heads.json'), '--api', api);
    expect(good).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Good: 6 links/) });
    await tripline.store.command(
      `ALTER TABLE revocations UPDATE who = 'bob' WHERE seq = 3 SETTINGS mutations_sync = 1`,
    );
    const bad = await run('chain', 'verify', '--api', api);
    expect(bad.code).toBe(1);
    expect(bad.stdout).toContain(`row_changed`);
    expect(bad.stdout).toContain(`${order_id}/3`);
  });
});
