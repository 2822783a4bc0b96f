import { setTimeout as delay } from 'node:timers/promises';
import { DETECTORS } from '../../detectors/index.ts';
import { DetectConfig, prepare } from '../../src/detect/config.ts';
import { createPipeline } from '../../src/detect/runtime.ts';
import { EVENT } from '../../src/event/event.ts';
import { rowOf } from '../../src/event/field.ts';
import { encodeFrame } from '../../src/event/frame/index.ts';

const KEYS = [10_000, 100_000];
const EVENTS_PER_KEY = 5;
const T0 = Date.UTC(2026, 0, 1);

/** All shipped detectors of the events topic with many live agents: what an agent costs in memory and an event in time. */
export async function memory(): Promise<object[]> {
  const rows: object[] = [];
  for (const keys of KEYS) {
    const before = await held();
    const pipeline = createPipeline({
      topic: 'events',
      partition: 0,
      detectors: DETECTORS.filter(({ key }) => key === 'agent').map((one) => prepare(one, {})),
      config: DetectConfig.parse({ keys_max: keys * 2 }),
      now: () => T0,
    });
    const started = performance.now();
    let offset = 0;
    for (let round = 0; round < EVENTS_PER_KEY; round++)
      for (let from = 0; from < keys; from += 1000) {
        const time = T0 + round * 60_000 + from;
        pipeline.process({ offset: offset++, appended: time, frame: frameOf(from, round, time) });
        pipeline.take();
      }
    const seconds = (performance.now() - started) / 1000;
    const bytes = (await held()) - before;
    const events = keys * EVENTS_PER_KEY;
    pipeline.close();
    rows.push({
      name: `${keys} live agents`,
      events_per_second: Math.round(events / seconds),
      ns_per_event: Math.round((seconds * 1e9) / events),
      bytes_per_agent: Math.round(bytes / keys),
      peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    });
  }
  return rows;
}

/** Bytes that are in use. Tables of numbers lie outside of the heap, and are given back a moment after the collection. */
async function held(): Promise<number> {
  globalThis.gc?.();
  await delay(200);
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function frameOf(from: number, round: number, time: number): Buffer {
  const rows = Array.from({ length: 1000 }, (_, i) => {
    const agent = `agent-${from + i}`;
    return rowOf(EVENT, {
      event_id: `${agent}-${round}`,
      kind: 'tool_call',
      tenant: 'default',
      producer: 'bench',
      time,
      received: time,
      agent_id: agent,
      session: `${agent}-s`,
      credential: `sha256:${agent}`,
      tool_name: `tool-${(from + i + round) % 7}`,
      tool_class: 'read',
      target: `crm/${(from + i) % 50}`,
      outcome: 'ok',
      args_digest: `${agent}-${round}`,
      result_digest: `${agent}-${round}-r`,
    });
  });
  return encodeFrame(EVENT.columns, rows);
}
