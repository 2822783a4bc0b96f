import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { openReceiver, type SandboxReceiver } from '../../src/selftest/receiver.ts';
import { type Installed, install } from './installed.ts';

let tripline: Installed;
let receiver: SandboxReceiver;
let running: Awaited<ReturnType<Installed['start']>>;

beforeAll(async () => {
  tripline = await install();
  receiver = await openReceiver();
  const file = (name: string) => join(tripline.cwd, name);
  await writeFile(file('secret'), receiver.secret);
  const idp = {
    type: 'webhook',
    url: receiver.url,
    secrets: [{ file: file('secret') }],
    allow_private: true,
    can_undo: true,
  };
  await writeFile(
    file('policy.yaml'),
    stringify({ version: 1, rules: [{ name: 'ask', mode: 'approve', receivers: ['idp'], target: 'credential' }] }),
  );
  await writeFile(
    file('tripline.yaml'),
    stringify({
      data_dir: file('data'),
      ingest: { port: 0 },
      serve: { port: 0 },
      respond: { policy_file: file('policy.yaml'), receivers: { idp } },
    }),
  );
  running = await tripline.start([]);
});
afterAll(async () => {
  await running.stop();
  await receiver.close();
  await tripline.remove();
});

interface Listed {
  order_id: string;
  state: string;
  target: string;
  who: string;
  why: string;
}
const command = (...args: string[]) => tripline.run([...args, '--api', running.api]);
const list = async (...args: string[]) =>
  JSON.parse((await command('orders', 'list', '--json', ...args)).stdout) as Listed[];

/** Four calls that fail alike: a storm, so that an order about this credential is held. */
async function heldOrder(name: string): Promise<string> {
  const events = [0, 1, 2, 3].map((i) => ({
    event_id: `${name}-${i}`,
    time: new Date(Date.now() - 1000 + i * 100).toISOString(),
    kind: 'tool_call',
    agent_id: name,
    session: name,
    credential: `test:${name}`,
    tool_name: 'query',
    args: { table: 'orders' },
    outcome: 'error',
    error_type: 'timeout',
  }));
  const headers = { 'content-type': 'application/json' };
  await fetch(`${running.ingest}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) });
  return vi.waitFor(
    async () => {
      const order = (await list('--state', 'held')).find(({ target }) => target === `test:${name}`);
      expect(order).toBeDefined();
      return order!.order_id;
    },
    { timeout: 30_000, interval: 200 },
  );
}

async function reaches(order_id: string, state: string): Promise<Listed> {
  return vi.waitFor(
    async () => {
      const order = (await list()).find((each) => each.order_id === order_id);
      expect(order?.state).toBe(state);
      return order!;
    },
    { timeout: 30_000, interval: 200 },
  );
}

describe('orders', () => {
  it('can be approved and taken back from the command line, with who and why', async () => {
    const order_id = await heldOrder('one');
    expect(receiver.orders.size).toBe(0);
    expect(await command('orders', 'approve', order_id, '--why', 'it is wrong', '--who', 'ann')).toMatchObject({
      code: 0,
      stdout: `approve: ${order_id}\n`,
    });
    await reaches(order_id, 'accepted');
    expect([...receiver.orders]).toEqual([order_id]);

    const again = await command('orders', 'approve', order_id, '--why', 'again', '--who', 'bob');
    expect(again).toMatchObject({ code: 2, stderr: `Order ${order_id} is accepted: approval needs held\n` });

    await command('orders', 'undo', order_id, '--why', 'a planned move', '--who', 'ann', '--false-alarm');
    await reaches(order_id, 'undone');
    expect([...receiver.orders]).toEqual([order_id, `${order_id}-undo`]);
    const { history } = (await (await fetch(`${running.api}/api/revocations/${order_id}`)).json()) as {
      history: Listed[];
    };
    expect(history.map(({ state, who }) => `${state} ${who}`)).toEqual([
      'proposed policy',
      'held policy',
      'sent ann',
      'accepted idp',
      'undo_requested ann',
      'undone idp',
    ]);
    expect(history[4]!.why).toBe('False alarm: a planned move');
  });

  it('can be rejected', async () => {
    const order_id = await heldOrder('two');
    await command('orders', 'reject', order_id, '--why', 'a test', '--who', 'ann');
    expect(await reaches(order_id, 'expired')).toMatchObject({ who: 'ann', why: 'a test' });
  });

  it('cannot be approved while everything is paused', async () => {
    const order_id = await heldOrder('three');
    await command('pause', '--why', 'maintenance', '--who', 'bob');
    expect(await command('orders', 'approve', order_id, '--why', 'now', '--who', 'ann')).toMatchObject({
      code: 2,
      stderr: `Order ${order_id} cannot be approved while bob has paused everything\n`,
    });
    expect((await command('resume', '--why', 'over')).stdout).toBe('Orders go out again\n');
    expect(await command('orders', 'approve', order_id, '--why', 'now', '--who', 'ann')).toMatchObject({ code: 0 });
  });
});

describe('the API', () => {
  const post = (body: string, type: string) =>
    fetch(`${running.api}/api/pause`, { method: 'POST', headers: { 'content-type': type }, body });

  it('takes no form and no text of another site', async () => {
    const body = JSON.stringify({ who: 'mallory', why: 'because' });
    expect((await post(body, 'text/plain')).status).toBe(400);
    expect((await post('who=mallory&why=x', 'application/x-www-form-urlencoded')).status).toBe(415);
    const { respond } = (await (await fetch(`${running.api}/api/health`)).json()) as { respond: { paused?: unknown } };
    expect(respond.paused).toBeUndefined();
  });

  it('names what is missing', async () => {
    const answer = await post(JSON.stringify({ who: 'ann' }), 'application/json');
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ field: 'why' });
  });
});
