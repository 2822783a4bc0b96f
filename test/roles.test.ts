import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ClickHouseServer, startClickHouse } from './support/clickhouse.ts';
import { canHaveKafka } from './support/kafka.ts';
import type { Running } from './support/process.ts';
import { type Processes, startProcesses } from './support/processes.ts';
import { postStorm } from './support/storm.ts';

const POLL = { timeout: 60_000, interval: 200 };
const run = promisify(execFile);

interface Health {
  status: string;
  detect: { here: boolean };
  respond: { here: boolean; orders: Record<string, number> };
  archive: { here: boolean };
}

describe.skipIf(!(await canHaveKafka()))('processes of different roles on one log and one store', () => {
  let processes: Processes;
  let clickhouse: ClickHouseServer;
  let receiver: Processes['receiver'];
  beforeAll(async () => {
    processes = await startProcesses('roles');
    ({ receiver } = processes);
    // After the broker: a JVM does not start in the process of this engine.
    clickhouse = await startClickHouse();
  }, 120_000);
  afterAll(async () => {
    await processes.remove();
    await clickhouse.close();
  });

  const start = (name: string, options: object): Promise<Running> => {
    const { url, user, password } = clickhouse;
    const store = { clickhouse: { url, user, password: { env: 'ROLES_PASSWORD' }, database: 'roles' } };
    return processes.start(name, { archive: { block_ms: 200 }, store, ...options }, { ROLES_PASSWORD: password });
  };
  const json = async <T>(url: string) => (await (await fetch(url)).json()) as T;

  it('do what one does together: an event comes in at one, and its order, alert and proof are seen at another', {
    timeout: 240_000,
  }, async () => {
    const respond = await start('respond', { roles: ['respond'] });
    const detect = await start('detect', { roles: ['detect'] });
    const archive = await start('archive', { roles: ['archive'] });
    const serve = await start('serve', { roles: ['serve'] });
    const ingest = await start('ingest', { roles: ['ingest'] });
    for (const { api } of [respond, detect, archive, serve, ingest])
      await vi.waitFor(async () => expect((await fetch(`${api}/readyz`)).status).toBe(200), POLL);
    expect((await fetch(`${detect.api}/api/alerts`)).status).toBe(404);
    expect(await postStorm(ingest.ingest, 'split')).toBe(202);
    await vi.waitFor(() => expect([...receiver.targets.keys()]).toEqual(['test:split']), POLL);
    await vi.waitFor(async () => {
      const { items } = await json<{ items: { agent_id: string }[] }>(`${serve.api}/api/alerts`);
      expect(items.map(({ agent_id }) => agent_id)).toEqual(['split']);
    }, POLL);
    const health = await json<Health>(`${serve.api}/api/health`);
    expect([health.detect.here, health.respond.here, health.archive.here]).toEqual([false, false, false]);
    expect(health.respond.orders).toEqual({ accepted: 1 });
    const paused = await fetch(`${serve.api}/api/pause`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ who: 'ann', why: 'a test' }),
    });
    expect(paused.status).toBe(200);
    const { respond: state } = await json<Health & { respond: { paused: object } }>(`${serve.api}/api/health`);
    expect(state.paused).toMatchObject({ who: 'ann', why: 'a test' });
    await fetch(`${serve.api}/api/resume`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ who: 'ann', why: 'over' }),
    });
    const unsigned = await fetch(`${respond.api}/internal/respond`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ask: 'pause', args: ['mallory', 'why not'] }),
    });
    expect(unsigned.status).toBe(401);
    await respond.kill();
    await vi.waitFor(async () => expect((await json<Health>(`${serve.api}/api/health`)).status).toBe('degraded'), POLL);
    expect((await fetch(`${serve.api}/readyz`)).status).toBe(200);
  });

  it('workers share one door, and one that dies is started again', { timeout: 240_000 }, async () => {
    const all = await start('workers', { workers: 2 });
    expect(await postStorm(all.ingest, 'before')).toBe(202);
    await vi.waitFor(() => expect(receiver.targets.has('test:before')).toBe(true), POLL);
    // Repeated at whichever worker takes it, once they have told each other.
    await vi.waitFor(() => expect(receiver.targets.has('test:before')).toBe(true), POLL);
    for (let i = 0; i < 4; i++) expect(await postStorm(all.ingest, 'before')).toBe(202);
    const calls = async () =>
      (await json<{ items: object[] }>(`${all.api}/api/agents/before/timeline?kind=tool_call`)).items.length;
    await vi.waitFor(async () => expect(await calls()).toBeGreaterThanOrEqual(4), POLL);
    const restarts = async () =>
      /^tripline_worker_restarts_total (\d+)/m.exec(await (await fetch(`${all.api}/metrics`)).text())?.[1];
    expect(await restarts()).toBe('0');
    const { stdout } = await run('pgrep', ['-P', String(all.pid)]);
    const pids = stdout.trim().split('\n');
    process.kill(Number(pids[0]), 'SIGKILL');
    await vi.waitFor(async () => expect(await restarts()).toBe('1'), POLL);
    await vi.waitFor(async () => expect(await postStorm(all.ingest, 'after')).toBe(202), POLL);
    await vi.waitFor(() => expect(receiver.targets.has('test:after')).toBe(true), POLL);
    expect(await calls()).toBe(4);
    expect([...receiver.targets.values()].every((ids) => ids.size === 1)).toBe(true);
  });
});
