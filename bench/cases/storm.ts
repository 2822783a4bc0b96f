import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { ALERT, type Alert } from '../../src/alert/alert.ts';
import { EVENT } from '../../src/event/event.ts';
import { rowOf } from '../../src/event/field.ts';
import { encodeFrame } from '../../src/event/frame/index.ts';
import { openLmdbLog } from '../../src/log/lmdb/lmdb-log.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { RespondConfig } from '../../src/respond/config.ts';
import { loadPolicy } from '../../src/respond/policy.ts';
import { startRespond } from '../../src/respond/respond.ts';
import { loadReceivers } from '../../src/respond/revokers/index.ts';
import { SECRET, UNCAPPED } from './response.ts';

const ORDERS = 10_000;
const KINDS = ['dead', 'slow', 'third'] as const;
const SLOW_MS = 2000;
const DRAIN_MS_MAX = 600_000;

/** When each order was asked for first, and how often it was acted on, by receiver. */
interface Seen {
  acted: Map<string, number>;
  done: Map<string, number>;
}

/**
 * Ten thousand orders at once for three receivers: one that nobody answers for, whose orders go on to a steady one; one that takes two
 * seconds; one that fails every third attempt. Lost: never acted on. Doubled: acted on under more than one id, or twice.
 */
export async function storm(): Promise<object[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tripline-storm-'));
  process.env.TRIPLINE_BENCH_SECRET = SECRET;
  const seen: Record<string, Seen> = {};
  const servers = await Promise.all([
    receiver('steady', 0, seen),
    receiver('slow', SLOW_MS, seen),
    receiver('third', 0, seen, 3),
  ]);
  const [steady, slow, third] = servers.map(({ url }) => webhook(url));
  // Nobody listens on port 9 (discard) here.
  const receivers = loadReceivers({
    dead: webhook('http://127.0.0.1:9/'),
    steady: steady!,
    slow: slow!,
    third: third!,
  });
  const rules = KINDS.map((kind) => ({
    name: kind,
    match: { reason: kind },
    mode: 'enforce',
    target: 'credential',
    receivers: kind === 'dead' ? ['dead', 'steady'] : [kind],
    caps: UNCAPPED,
  }));
  const log = await openLmdbLog({ dir: folder });
  const respond = await startRespond({
    log,
    metrics: createMetrics(),
    logger: pino({ level: 'error' }),
    policy: loadPolicy(stringify({ version: 1, rules })),
    receivers,
    config: RespondConfig.parse({ receiver_concurrency_max: 100, escalate_after_ms: 5000, retry_tail_max_ms: 5000 }),
    credentialColumns: EVENT.columns,
  });
  try {
    const rss_before = process.memoryUsage.rss();
    const started = performance.now();
    for (let i = 0; i < ORDERS; i += 500) await log.write({ append: [frameOf(i, 500)] });
    const settled = () => respond.lag() === 0 && (respond.status().orders.accepted ?? 0) >= ORDERS;
    while (!settled() && performance.now() - started < DRAIN_MS_MAX) await delay(100);
    const peak_rss_mb = Math.round(process.resourceUsage().maxRSS / 1024);
    const grown_mb = Math.round((process.memoryUsage.rss() - rss_before) / 2 ** 20);
    const perKind = Math.ceil(ORDERS / KINDS.length);
    return Object.entries(seen).map(([name, { acted, done }]) => {
      const times = [...done.values()].map((at) => at - started).sort((a, b) => a - b);
      const at = (q: number) => Math.round(times[Math.floor(q * (times.length - 1))] ?? Number.NaN);
      const wanted = name === 'third' ? ORDERS - 2 * perKind : perKind;
      const doubled = [...acted.values()].filter((count) => count > 1).length;
      return {
        name: `order storm, ${name === 'steady' ? 'dead, then steady' : name}`,
        orders: acted.size,
        lost: wanted - acted.size,
        doubled,
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        peak_rss_mb,
        grown_mb,
      };
    });
  } finally {
    await respond.close();
    await log.close();
    for (const { close } of servers) await close();
    await rm(folder, { recursive: true, force: true });
  }
}

function webhook(url: string) {
  return { type: 'webhook', url, secrets: [{ env: 'TRIPLINE_BENCH_SECRET' }], allow_private: true };
}

/** Acts on each id once, as a receiver should; says no to every n-th request. */
async function receiver(name: string, wait_ms: number, seen: Record<string, Seen>, fails_every = 0) {
  const { acted, done } = { acted: new Map<string, number>(), done: new Map<string, number>() };
  seen[name] = { acted, done };
  let requests = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', async () => {
      if (wait_ms > 0) await delay(wait_ms);
      requests += 1;
      if (fails_every > 0 && requests % fails_every === 0) return response.writeHead(503).end();
      const id = String(request.headers['webhook-id']);
      acted.set(id, (acted.get(id) ?? 0) + 1);
      done.set(id, performance.now());
      return response.end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}/`, close };
}

function frameOf(from: number, count: number) {
  const alerts = Array.from({ length: count }, (_, i) => alertOf(from + i));
  return { topic: 'alerts' as const, partition: 0, frame: encodeFrame(ALERT.columns, alerts) };
}

function alertOf(i: number): Alert {
  const now = Date.now();
  const kind = i < 2 * Math.ceil(ORDERS / 3) ? KINDS[i % 2]! : 'third';
  return rowOf(ALERT, {
    alert_id: `alr_${i}`,
    time: now,
    detected: now,
    tenant: 'bench',
    detector: 'token-replay',
    maturity: 'stable',
    severity: 'high',
    confidence: 1,
    reason: kind,
    subject_kind: 'credential',
    subject: `bench:${i}`,
    credential: `bench:${i}`,
    agent_id: `agent-${i % 1000}`,
    producers: ['bench'],
    appended: now,
  });
}
