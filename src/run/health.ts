import type { Health } from '../serve/serve.ts';
import type { Tripline } from './tripline.ts';

/** Records that may wait for the archive before health says that it is behind. */
const ARCHIVE_LAG_MAX = 10_000;

/** What /api/health shows: each part, how far it is behind, and the response's present state. */
export async function healthOf({ detect, respond, archive, config, dead }: Tripline): Promise<Health> {
  const detection = detect.health();
  const behind = archive.lag() > ARCHIVE_LAG_MAX;
  return {
    status: detection.status === 'ok' && !behind && dead().length === 0 ? 'ok' : 'degraded',
    dead: dead(),
    detect: { ...detection, lag_records: detect.lag() },
    respond: { lag_records: respond.lag(), ...respond.status() },
    archive: { status: behind ? 'behind' : 'ok', lag_records: archive.lag() },
    limits: {
      events_waiting_max: config.ingest.waiting_events_max,
      keys_per_operator_max: config.detect.keys_max,
      log_bytes_max: config.log.retention.bytes_max,
      event_lateness_max_ms: config.detect.lateness_max_ms,
    },
  };
}
