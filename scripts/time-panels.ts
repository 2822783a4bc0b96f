import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate, openChdbStore } from '../src/store/index.ts';
import { dashboardFiles, queriesOf, substituted } from '../test/support/dashboards.ts';

/** Times every query of the dashboards over many events, generated in place: tsx scripts/time-panels.ts [EVENTS]. By hand: it takes minutes. */
const EVENTS = Number(process.argv[2] ?? 10_000_000);
const HOURS = 24;
const ROUNDS = 3;
const now_s = Math.floor(Date.now() / 1000);
const from_s = now_s - HOURS * 3600;

const dir = await mkdtemp(join(tmpdir(), 'tripline-panels-'));
const store = await openChdbStore({ dir });
try {
  await migrate(store);
  await fill();
  const range = { from_s, to_s: now_s, tenants: ['default'], detectors: ['retry-storm', 'tool-chaining'] };
  let worst = 0;
  for (const { name, sql } of queriesOf(dashboardFiles())) {
    const took: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const started = performance.now();
      await store.query(substituted(sql, range));
      took.push(performance.now() - started);
    }
    const median = took.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!;
    worst = Math.max(worst, median);
    console.log(`${Math.round(median).toString().padStart(6)} ms  ${name}`);
  }
  console.log(`${EVENTS} events over ${HOURS} h; the slowest takes ${Math.round(worst)} ms`);
} finally {
  await store.close();
  await rm(dir, { recursive: true, force: true });
}

/** 2,000 agents, 200 tools, five producers; an alert for every thousandth event, an order for every second alert. */
async function fill(): Promise<void> {
  const at = `fromUnixTimestamp64Milli(toInt64(${from_s}) * 1000 + intDiv(number * ${HOURS} * 3600000, ${EVENTS}), 'UTC')`;
  const chunk = 1_000_000;
  for (let from = 0; from < EVENTS; from += chunk) {
    const rows = `numbers(${from}, ${Math.min(chunk, EVENTS - from)})`;
    await store.command(`INSERT INTO events (event_id, time, received, kind, tenant, producer, agent_id, session, credential, tool_name, target, outcome, model, tokens_in, tokens_out, cost_usd)
      SELECT toString(number), ${at}, ${at} + INTERVAL 20 MILLISECOND, if(number % 10 = 0, 'model_usage', 'tool_call'), 'default',
        concat('producer-', toString(number % 5)), concat('agent-', toString(cityHash64(number) % 2000)), concat('s-', toString(cityHash64(number, 1) % 50000)),
        concat('tl-hmac:', toString(cityHash64(number, 2) % 12000)), concat('tool-', toString(cityHash64(number, 3) % 200)), concat('target-', toString(cityHash64(number, 4) % 3000)),
        if(number % 50 = 0, 'error', 'ok'), concat('model-', toString(number % 6)), 1000, 200, 0.004 FROM ${rows}`);
    await store.command(`INSERT INTO alerts (alert_id, time, detected, tenant, detector, detector_version, severity, reason, summary, agent_id, threshold_name, threshold, observed, appended)
      SELECT toString(number), ${at}, ${at} + INTERVAL 30 MILLISECOND, 'default', if(number % 2000 = 0, 'retry-storm', 'tool-chaining'), '1', 'high', 'r', 'what happened',
        concat('agent-', toString(cityHash64(number) % 2000)), 'calls', 4, 5, toUnixTimestamp64Milli(${at}) FROM ${rows} WHERE number % 1000 = 0`);
    await store.command(`INSERT INTO revocations (order_id, seq, state, time, tenant, detector, receiver, action, target_kind, target, alert_id)
      SELECT toString(number), seq, ['proposed', 'sent', 'accepted', 'confirmed'][seq + 1], ${at} + toIntervalMillisecond(seq * 100), 'default', 'retry-storm', 'idp', 'revoke', 'credential',
        toString(number), toString(number) FROM ${rows} ARRAY JOIN [0, 1, 2, 3] AS seq WHERE number % 2000 = 0`);
    process.stderr.write(`\r${from + chunk} events`);
  }
  process.stderr.write('\n');
}
