import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { canHaveKafka } from './support/kafka.ts';
import type { Running } from './support/process.ts';
import { type Processes, startProcesses } from './support/processes.ts';
import { postStorm } from './support/storm.ts';

/** Two processes on one Kafka, of which the first one dies. */
describe.skipIf(!(await canHaveKafka()))('a second process on the same log', () => {
  let processes: Processes;
  let receiver: Processes['receiver'];
  beforeAll(async () => {
    processes = await startProcesses('standby');
    ({ receiver } = processes);
  }, 120_000);
  afterAll(() => processes.remove());

  const start = (name: string): Promise<Running> => processes.start(name);
  const storm = async ({ ingest }: Running, agent_id: string) => expect(await postStorm(ingest, agent_id)).toBe(202);
  const acted = () => [...receiver.targets.keys()].sort();
  const once = () => [...receiver.targets.values()].every((ids) => ids.size === 1);

  it('judges its share, answers for the first one, takes its place when it dies, and no order is acted on twice', {
    timeout: 240_000,
  }, async () => {
    const first = await start('first');
    await storm(first, 'one');
    await vi.waitFor(() => expect(acted()).toEqual(['test:one']), { timeout: 60_000 });
    const second = await start('second');
    // Both doors take events; whoever judges them, the first one acts.
    await storm(second, 'two');
    await vi.waitFor(() => expect(acted()).toEqual(['test:one', 'test:two']), { timeout: 60_000 });
    const responds = async ({ api }: Running) => {
      const answer = await fetch(`${api}/api/health`);
      const { respond } = (await answer.json()) as { respond: { here: boolean; orders: object } };
      return [respond.here, respond.orders];
    };
    await vi.waitFor(async () => expect(await responds(first)).toEqual([true, { accepted: 2 }]));
    expect(await responds(second)).toEqual([false, { accepted: 2 }]);
    const paused = await fetch(`${second.api}/api/pause`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ who: 'ann', why: 'a test' }),
    });
    expect(paused.status).toBe(200);
    await first.kill();
    await vi.waitFor(async () => expect(await responds(second)).toEqual([true, { accepted: 2 }]), { timeout: 60_000 });
    await storm(second, 'three');
    await vi.waitFor(async () => expect(await responds(second)).toEqual([true, { accepted: 2, held: 1 }]), {
      timeout: 60_000,
    });
    expect(acted()).toEqual(['test:one', 'test:two']);
    expect(once()).toBe(true);
    expect(await second.stop()).toBe(0);
  });

  it('takes its place while it is stopped, and one that wakes up again waits for its turn', {
    timeout: 240_000,
  }, async () => {
    const [third, fourth] = [await start('third'), await start('fourth')];
    const responds = async ({ api }: Running) => {
      const answer = await fetch(`${api}/api/health`);
      return ((await answer.json()) as { respond: { here: boolean } }).respond.here;
    };
    await vi.waitFor(async () => expect([await responds(third), await responds(fourth)]).toEqual([true, false]), {
      timeout: 60_000,
    });
    const resumed = await fetch(`${third.api}/api/resume`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ who: 'ann', why: 'over' }),
    });
    expect(resumed.status).toBe(200);
    process.kill(third.pid, 'SIGSTOP');
    try {
      await vi.waitFor(async () => expect(await responds(fourth)).toBe(true), { timeout: 60_000, interval: 500 });
      await storm(fourth, 'four');
      await vi.waitFor(() => expect(acted()).toContain('test:four'), { timeout: 60_000 });
    } finally {
      process.kill(third.pid, 'SIGCONT');
    }
    await vi.waitFor(async () => expect([await responds(third), await responds(fourth)]).toEqual([false, true]), {
      timeout: 60_000,
    });
    await storm(third, 'five');
    await vi.waitFor(() => expect(acted()).toContain('test:five'), { timeout: 60_000 });
    expect(once()).toBe(true);
    expect(await Promise.all([third.stop(), fourth.stop()])).toEqual([0, 0]);
  });
});
