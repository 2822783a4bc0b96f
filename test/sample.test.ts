import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, describe, expect, it } from 'vitest';
import { playScenario, type ScenarioResult } from '../samples/scenario/play.ts';
import { parseConfig } from '../src/config/config.ts';
import { takeBackDrills } from '../src/run/duty.ts';
import { createRecord, isGood, judgeAttacks, outcomeOf } from '../src/run/outcome.ts';
import { isDrill } from '../src/run/play.ts';
import { forgetSampleKeys, freshSampleKeys, ordersSettled, prepareSample } from '../src/run/sample.ts';
import { openDoors } from '../src/run/server.ts';
import { openTripline } from '../src/run/tripline.ts';
import { askAll, dashboardFiles, queriesOf } from './support/dashboards.ts';

const folder = await mkdtemp(join(tmpdir(), 'tripline-sample-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Plays the whole sample against a Tripline in this process; what it logs, answers and stores is kept for inspection. */
async function play() {
  const logged: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
  const own = parseConfig({ data_dir: folder, ingest: { port: 0 }, serve: { port: 0 } }, 'test');
  const sample = await prepareSample(own);
  const tripline = await openTripline({ config: sample.config, policy: sample.policy, logger });
  const answers: string[] = [];
  let played: ScenarioResult;
  const record = createRecord();
  try {
    const { ingest, serve } = await openDoors(tripline);
    tripline.live.listen((item) => record.add(item));
    takeBackDrills(tripline.live, serve.url, isDrill);
    const keys = await freshSampleKeys(sample.config.data_dir);
    played = await playScenario({ ingestUrl: ingest.url, keys, sandbox: sample.sandbox });
    await ordersSettled(tripline, () =>
      judgeAttacks(played, record).some(({ caught, confirmed }) => caught && !confirmed),
    );
    const agents = [...played.attacks, ...played.honest].map(
      ({ agent_id }) => `/api/agents/${agent_id}/timeline?limit=200`,
    );
    for (const path of ['/api/alerts', '/api/revocations', '/api/health', '/metrics', ...agents])
      answers.push(await (await fetch(`${serve.url}${path}`)).text());
    const detectors = [...new Set(record.alerts.map(({ detector }) => detector))];
    const now_s = Math.ceil(Date.now() / 1000);
    const range = { from_s: now_s - 3600, to_s: now_s + 1, tenants: ['default'], detectors };
    const dashboards = await askAll(tripline.store, queriesOf(dashboardFiles()), range);
    const outcome = await outcomeOf(played, record, tripline.metrics);
    return { played, record, outcome, answers, logged, dashboards };
  } finally {
    await forgetSampleKeys(sample.config.data_dir);
    await tripline.close();
    await sample.close();
  }
}

describe('the sample', () => {
  it('ends with every attack caught and proven gone, no honest agent touched, and no secret anywhere', {
    timeout: 180_000,
  }, async () => {
    const { played, record, outcome, answers, logged, dashboards } = await play();

    expect(judgeAttacks(played, record).filter(({ caught, confirmed }) => !caught || !confirmed)).toEqual([]);
    expect(outcome).toMatchObject({ attacks: 4, caught: 4, confirmed: 4, honest_agents: 16, honest_touched: 0 });
    expect(outcome).toMatchObject({ drills: 1, drills_taken_back: 1, forgeries: 1, forgeries_held: 1 });
    expect(isGood(outcome)).toBe(true);
    for (const { detector, agent_id } of played.attacks) {
      const found = record.alerts.filter((alert) => alert.agent_id === agent_id).map((alert) => alert.detector);
      expect(found, agent_id).toContain(detector);
    }

    expect(played.secrets.length).toBeGreaterThan(20);
    const haystacks = [
      ...(await filesOf(folder)),
      ...answers.map((text) => Buffer.from(text)),
      Buffer.from(logged.join('\n')),
    ];
    expect(haystacks.length).toBeGreaterThan(20);
    const found = played.secrets.filter((secret) => haystacks.some((hay) => hay.includes(secret))).length;
    expect(found).toBe(0);

    // What Grafana would ask finds something wherever the sample has it, and its links are in columns that are there.
    const empty = dashboards.filter(({ rows }) => rows.length === 0).map(({ query }) => query.name);
    expect(empty.sort()).toEqual([
      'Tripline: detections / Coverage gaps',
      'Tripline: pipeline health / Coverage gaps',
      'Tripline: pipeline health / Refused events',
      'Tripline: response / Act by hand',
      'annotation Coverage gaps',
    ]);
    for (const { query, rows } of dashboards)
      if (rows[0]) expect(Object.keys(rows[0]), query.name).toEqual(expect.arrayContaining(query.linked));
    const one = (name: string) => dashboards.find(({ query }) => query.name.endsWith(name))!.rows;
    expect(one('overview / Waiting for a person')).toEqual([{ orders: 1 }]);
    expect(one('overview / Confirmed gone')).toEqual([{ orders: 4 }]);
    expect(one('response / Taken back')).toMatchObject([{ who: 'd.okafor', agent: 'drill-failover' }]);
  });
});

async function filesOf(dir: string): Promise<Buffer[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name))));
}
