import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { DETECTORS } from '../../detectors/index.ts';
import { ALERT, type Alert } from '../../src/alert/alert.ts';
import { DetectConfig, startDetect } from '../../src/detect/start.ts';
import { copyRow, Frame, rowsOf } from '../../src/event/frame/index.ts';
import { LogConfig } from '../../src/log/config.ts';
import { openLmdbLog } from '../../src/log/lmdb/lmdb-log.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';

/** Every detector on a real log. One partition of each topic, so that all agents meet in one. */
export async function openRuntime(config: object = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'tripline-limits-'));
  const metrics = createMetrics();
  const logger = pino({ level: 'silent' });
  const log = await openLmdbLog({
    dir: join(dir, 'log'),
    config: LogConfig.parse({ tick_ms: 20, partitions: { events: 1, credentials: 1 } }),
  });
  const detect = await startDetect({ log, metrics, logger, detectors: DETECTORS, config: DetectConfig.parse(config) });
  let ended: Promise<void> | undefined;
  const end = () => {
    ended ??= detect.close();
    return ended;
  };
  return {
    dir,
    log,
    metrics,
    logger,
    detect,
    async alerts(): Promise<Alert[]> {
      const found: Alert[] = [];
      const { next } = await log.bounds('alerts', 0);
      for (let offset = 0; offset < next; ) {
        for (const record of await log.read('alerts', 0, offset, 1 << 24)) {
          const rows = rowsOf(ALERT, Frame.decode(record.frame));
          for (let i = 0; i < rows.length; i++) found.push(copyRow(ALERT, rows.seek(i)));
          offset = record.offset + 1;
        }
      }
      return found;
    },
    /** Values of a metric by their labels, `a/b`, in order of the labels' names. */
    async metric(name: string): Promise<Record<string, number>> {
      const { values } = await metrics.registry.getSingleMetric(`tripline_${name}`)!.get();
      return Object.fromEntries(values.map(({ labels, value }) => [Object.values(labels).join('/'), value]));
    },
    /** Detection writes its last state, and with it what it counted. */
    end,
    async close() {
      await end();
      await log.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export type Runtime = Awaited<ReturnType<typeof openRuntime>>;
