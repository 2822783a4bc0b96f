import { ARCHIVE_GROUP, type Archive } from '../archive/index.ts';
import { DETECT_GROUP } from '../detect/start.ts';
import { TriplineError } from '../errors.ts';
import { lagOf } from '../log/lag.ts';
import { TOPICS } from '../log/log.ts';
import type { Health } from '../serve/serve.ts';
import type { Tripline } from './tripline.ts';

/** Records that may wait for the archive before health says that it is behind. */
const ARCHIVE_LAG_MAX = 10_000;

/** And how long the store may be away before. */
const ARCHIVE_STALL_MS_MAX = 5_000;

/** Whether the parts that run here do theirs. */
export function isReady({ dead, parts: { detect, archive } }: Tripline): boolean {
  if (dead().length > 0) return false;
  return (detect?.health().status ?? 'ok') === 'ok' && (archive === undefined || !isBehind(archive));
}

function isBehind(archive: Archive): boolean {
  return archive.lag() > ARCHIVE_LAG_MAX || archive.stalledMs() > ARCHIVE_STALL_MS_MAX;
}

/**
 * What /api/health shows: each part, how far it is behind, and the response's present state. Of parts that run in other processes (`here` is
 * false) it shows what can be seen from this one. `ready` is about this process alone.
 */
export async function healthOf(tripline: Tripline): Promise<Health> {
  const { config, dead, parts, responder } = tripline;
  const [detect, respond, archive] = await Promise.all([detectOf(tripline), respondOf(tripline), archiveOf(tripline)]);
  const ready = isReady(tripline);
  const all = [detect, respond, archive].every(({ status }) => status === 'ok');
  return {
    status: ready && all ? 'ok' : 'degraded',
    ready,
    roles: config.roles,
    dead: dead(),
    detect: { ...detect, here: parts.detect !== undefined },
    respond: { ...respond, here: responder.here() !== undefined },
    archive: { ...archive, here: parts.archive !== undefined },
    limits: {
      events_waiting_max: config.ingest.waiting_events_max,
      keys_per_operator_max: config.detect.keys_max,
      log_bytes_max: config.log.retention.bytes_max,
      event_lateness_max_ms: config.detect.lateness_max_ms,
    },
  };
}

async function detectOf({ parts: { detect }, log }: Tripline) {
  if (detect) return { ...detect.health(), lag_records: detect.lag() };
  const lag_records = await seen(lagOf(log, DETECT_GROUP, ['events', 'credentials']));
  return { status: lag_records === undefined ? 'unreachable' : 'ok', failing: [], lag_records: lag_records ?? 0 };
}

async function archiveOf({ parts: { archive }, log }: Tripline) {
  if (archive) {
    const status = isBehind(archive) ? 'behind' : 'ok';
    return { status, lag_records: archive.lag(), stalled_ms: archive.stalledMs() };
  }
  const lag_records = await seen(lagOf(log, ARCHIVE_GROUP, TOPICS));
  const status = lag_records === undefined ? 'unreachable' : lag_records > ARCHIVE_LAG_MAX ? 'behind' : 'ok';
  return { status, lag_records: lag_records ?? 0, stalled_ms: 0 };
}

async function respondOf({ responder }: Tripline) {
  const status = await seen(responder.asks.status());
  if (status) return { status: 'ok', ...status };
  return { status: 'unreachable', lag_records: 0, orders: {}, receivers: {} };
}

/** Undefined where what would know it is away. */
function seen<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch((error: unknown) => {
    if (error instanceof TriplineError && error.retriable) return undefined;
    throw error;
  });
}
