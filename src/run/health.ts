import type { Health } from '../serve/serve.ts';
import type { Tripline } from './tripline.ts';

/** Records that may wait for the archive before health says that it is behind. */
const ARCHIVE_LAG_MAX = 10_000;

/** And how long the store may be away before. */
const ARCHIVE_STALL_MS_MAX = 5_000;

function stalledMs(since: number | undefined): number {
  return since === undefined ? 0 : Date.now() - since;
}

/** What /api/health shows: each part, how far it is behind, and the response's present state. */
export async function healthOf({ detect, respond, archive, config, dead }: Tripline): Promise<Health> {
  const detection = detect.health();
  const stalled_ms = stalledMs(archive.stalledSince());
  const behind = archive.lag() > ARCHIVE_LAG_MAX || stalled_ms > ARCHIVE_STALL_MS_MAX;
  return {
    status: detection.status === 'ok' && !behind && dead().length === 0 ? 'ok' : 'degraded',
    dead: dead(),
    detect: { ...detection, lag_records: detect.lag() },
    respond: { lag_records: respond.lag(), ...respond.status() },
    archive: { status: behind ? 'behind' : 'ok', lag_records: archive.lag(), stalled_ms },
    limits: {
      events_waiting_max: config.ingest.waiting_events_max,
      keys_per_operator_max: config.detect.keys_max,
      log_bytes_max: config.log.retention.bytes_max,
      event_lateness_max_ms: config.detect.lateness_max_ms,
    },
  };
}
