import { pino } from 'pino';
import type { Live } from '../../live/live.ts';
import { createMetrics } from '../../metrics/metrics.ts';
import type { Store } from '../../store/index.ts';
import { type DeskDeps, followRecent, openDesk, TriageConfig } from '../../triage/index.ts';

/** Triage as it runs, over a log that no archive reads. */
export async function startTriage(parts: {
  log: DeskDeps['log'];
  live: Live;
  store: Store;
  config?: object;
  clock?: () => number;
}) {
  const { log, live, store, clock = Date.now } = parts;
  const metrics = createMetrics();
  const config = TriageConfig.parse(parts.config ?? {});
  const logger = pino({ level: 'silent' });
  const recent = await followRecent({ log, live, store, archive_group: 'archive', metrics, logger });
  const desk = await openDesk({ log, config, metrics, clock });
  return { recent, record: desk.record, config, metrics, clock, close: recent.close };
}
