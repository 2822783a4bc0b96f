import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { parseConfig } from '../../src/config/config.ts';
import { quantile } from '../../src/metrics/quantile.ts';
import { loadPolicy } from '../../src/respond/policy.ts';
import { openDoors } from '../../src/run/server.ts';
import { openTripline } from '../../src/run/tripline.ts';
import { startReceiver } from '../../test/survival/receiver.ts';

export const UNCAPPED = {
  orders_max: 100_000,
  tenant_orders_max: 100_000,
  receiver_orders_max: 100_000,
  producer_orders_max: 100_000,
  interval_ms: 60_000,
  fleet_share_max: 1,
  fleet_orders_min: 100_000,
};

export const SECRET = `whsec_${Buffer.from('a secret of the bench, 32 bytes.').toString('base64')}`;
const EVENTS_PER_SECOND = 2000;
const SECONDS = 30;
const STORMS = 200;

/** Event durable to signed order leaving, with 2,000 events a second through HTTP, log, detection, response and store of one process. */
export async function response(): Promise<object[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tripline-bench-'));
  const receiver = await startReceiver(SECRET);
  process.env.TRIPLINE_BENCH_SECRET = SECRET;
  const policy = loadPolicy(
    stringify({
      version: 1,
      rules: [
        {
          name: 'all',
          match: { detector: 'retry-storm' },
          mode: 'enforce',
          action: 'revoke',
          target: 'credential',
          receivers: ['idp'],
          caps: UNCAPPED,
        },
      ],
    }),
  );
  const idp = { type: 'webhook', url: receiver.url, secrets: [{ env: 'TRIPLINE_BENCH_SECRET' }], allow_private: true };
  const config = parseConfig(
    { data_dir: folder, ingest: { port: 0 }, serve: { port: 0 }, respond: { receivers: { idp } } },
    'bench',
  );
  const tripline = await openTripline({ config, policy, logger: pino({ level: 'warn' }) });
  try {
    const { ingest } = await openDoors(tripline);
    const cpu = process.cpuUsage();
    const { sent, failed } = await load(ingest.url);
    const { user, system } = process.cpuUsage(cpu);
    await tripline.settled();
    const ms = async (q: number) =>
      Math.round(((await quantile(tripline.metrics.eventToOrderMs, q)) ?? Number.NaN) * 10) / 10;
    return [
      {
        name: 'event durable to signed order leaving',
        events_per_second: EVENTS_PER_SECOND,
        events: sent,
        failed,
        orders: receiver.deliveries.size,
        p50_ms: await ms(0.5),
        p99_ms: await ms(0.99),
        cpu_us_per_event: Math.round((user + system) / sent),
        peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
      },
    ];
  } finally {
    await tripline.close();
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function load(url: string): Promise<{ sent: number; failed: number }> {
  const options = { url, events_per_second: EVENTS_PER_SECOND, seconds: SECONDS, agents: 1000, storms: STORMS };
  const child = fork(join(import.meta.dirname, 'load.js'), [JSON.stringify(options)], {});
  return new Promise((resolve, reject) => {
    child.once('message', (result) => resolve(result as { sent: number; failed: number }));
    child.once('exit', (code) => reject(new Error(`The load ended with ${code}`)));
  });
}
