import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DETECTORS } from '../../detectors/index.ts';
import manifest from '../../package.json' with { type: 'json' };
import { type Installed, install } from './installed.ts';

let tripline: Installed;
beforeAll(async () => {
  tripline = await install();
});
afterAll(() => tripline.remove());

/** What a command that goes well prints. */
async function printed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await tripline.run(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}
const json = async <T>(...args: string[]) => JSON.parse(await printed(...args, '--json')) as T;

describe('help', () => {
  it.each([
    '',
    'up',
    'replay',
    'keys create',
    'keys list',
    'keys revoke',
    'detectors list',
    'eval',
    'backtest',
    'fingerprint',
    'topics',
    'doctor',
    'selftest',
    'policy check',
    'policy explain',
    'policy test',
    'resume',
    'pause',
    'orders redeliver',
    'orders undo',
    'orders reject',
    'orders approve',
    'orders list',
    'bundle',
    'bundle verify',
    'chain heads',
    'chain verify',
  ])('of "%s" has examples that begin with the command', async (command) => {
    const text = await printed(...command.split(' ').filter(Boolean), '--help');
    const examples = text.split(/^Examples?:$/m)[1] ?? '';
    const lines = examples
      .trim()
      .split('\n')
      .map((line) => line.trim());
    expect(lines[0]).toMatch(new RegExp(`^tripline ${command}`));
    for (const line of lines) expect(line).toMatch(/^tripline /);
  });

  it('of a version is that of the package', async () => {
    expect(await printed('--version')).toBe(`${manifest.version}\n`);
  });
});

describe('detectors list', () => {
  it('names every detector once', async () => {
    const listed = await json<{ id: string; maturity: string; key: string }[]>('detectors', 'list');
    const ids = [...DETECTORS.map(({ id }) => id), 'clock-skew', 'key-flood', 'blind-spot', 'detector-health'];
    expect(listed.map(({ id }) => id)).toEqual(ids);
    expect(listed).toContainEqual(
      expect.objectContaining({ id: 'token-replay', key: 'credential', maturity: 'stable' }),
    );
    const lines = (await printed('detectors', 'list')).trim().split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(ids);
  });
});

describe('keys', () => {
  it('are made, listed without the key, and revoked once', async () => {
    const folder = ['--data-dir', join(tripline.cwd, 'keys')];
    const made = await json<{ id: string; key: string }>(
      'keys',
      'create',
      'build-agents',
      '--tenant',
      'acme',
      '--agent',
      'build-*',
      'deploy',
      ...folder,
    );
    expect(made).toMatchObject({ producer: 'build-agents', tenant: 'acme', agents: ['build-*', 'deploy'] });
    expect(made.key).toMatch(new RegExp(`^tlk_${made.id}_[0-9a-f]{40}$`));
    const other = (await printed('keys', 'create', 'gateway', ...folder)).split('\n');
    expect(other[1]).toMatch(/^This is the only time it is shown\. Its id is [0-9a-f]{12}\.$/);

    const listed = await printed('keys', 'list', ...folder);
    expect(listed).toMatch(new RegExp(`^${made.id} .* build-agents {2}acme {2}build-\\* deploy$`, 'm'));
    expect(listed).toMatch(/gateway {2}\(any tenant\) {2}\(any agent\)$/m);
    expect(await readFile(join(tripline.cwd, 'keys', 'keys.json'), 'utf8')).not.toContain(made.key);
    expect(listed).not.toContain(made.key.split('_')[2]);

    expect(await json('keys', 'revoke', made.id, ...folder)).toEqual({ id: made.id, revoked: true });
    expect(await json<unknown[]>('keys', 'list', ...folder)).toHaveLength(1);
    expect(await tripline.run(['keys', 'revoke', made.id, ...folder])).toEqual({
      code: 1,
      stdout: `There is no key ${made.id}.\n`,
      stderr: '',
    });
  });

  it('let their producer report to a Tripline that runs meanwhile', async () => {
    const dir = join(tripline.cwd, 'running');
    const running = await tripline.start(['--data-dir', dir]);
    try {
      const { key } = await json<{ key: string }>('keys', 'create', 'build-agents', '--data-dir', dir);
      const event = join(tripline.cwd, 'event.ndjson');
      await writeFile(event, '{"kind":"tool_call","event_id":"1","agent_id":"a","tool_name":"read","outcome":"ok"}\n');
      const sent = await json('replay', event, '--to', running.ingest, '--key', key);
      expect(sent).toMatchObject({ read: 1, accepted: 1, rejected: 0 });
    } finally {
      expect(await running.stop()).toBe(0);
    }
  });
});

interface Check {
  check: string;
  ok: boolean;
  detail: string;
}

describe('doctor', () => {
  const examine = async (...args: string[]) => {
    const { code, stdout } = await tripline.run(['doctor', '--json', ...args]);
    const checks = JSON.parse(stdout) as Check[];
    return { code, bad: checks.filter(({ ok }) => !ok).map(({ check }) => check), checks };
  };
  const configured = async (name: string, text: string) => {
    const path = join(tripline.cwd, name);
    await writeFile(path, text);
    return ['--config', path];
  };
  const ports = 'ingest: { port: 0 }\nserve: { port: 0 }\n';

  it('finds nothing wrong, and leaves nothing behind', async () => {
    const dir = join(tripline.cwd, 'new');
    const args = [...(await configured('good.yaml', ports)), '--data-dir', dir];
    const { code, bad, checks } = await examine(...args);
    expect({ code, bad }).toEqual({ code: 0, bad: [] });
    expect(checks.map(({ check }) => check)).toEqual([
      'configuration',
      'policy',
      'detectors',
      'data folder',
      'door',
      'API and console',
      'receivers',
    ]);
    expect(existsSync(dir)).toBe(false);
    expect(await printed('doctor', ...args)).toMatch(/^ok {3}configuration: parses$/m);
  });

  it('sees that another Tripline runs on the data folder', async () => {
    const dir = join(tripline.cwd, 'taken');
    const running = await tripline.start(['--data-dir', dir]);
    try {
      const { code, bad } = await examine(...(await configured('taken.yaml', ports)), '--data-dir', dir);
      expect({ code, bad }).toEqual({ code: 1, bad: ['data folder'] });
    } finally {
      expect(await running.stop()).toBe(0);
    }
    const { code } = await examine(...(await configured('free.yaml', ports)), '--data-dir', dir);
    expect(code).toBe(0);
  });

  it('says what else is wrong, all of it at once, with exit code 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const under = join(tripline.cwd, 'a-file');
    await writeFile(under, '');
    const config = [
      `data_dir: ${join(under, 'data')}`,
      `ingest: { port: ${port} }`,
      'serve: { port: 0 }',
      'respond: { policy_file: gone.yaml, receivers: { idp: { type: telegraph } } }',
    ].join('\n');
    try {
      const { code, bad } = await examine(...(await configured('bad.yaml', config)));
      expect({ code, bad }).toEqual({ code: 1, bad: ['policy', 'data folder', 'door', 'receivers'] });
    } finally {
      other.close();
    }
  });

  it('says that a configuration cannot be used', async () => {
    const { code, bad, checks } = await examine(...(await configured('wrong.yaml', 'nonsense: 1\n')));
    expect({ code, bad, count: checks.length }).toEqual({ code: 1, bad: ['configuration'], count: 1 });
  });
});
