import { posted } from '../detect/attack.ts';
import { DetectConfig, prepare } from '../detect/config.ts';
import type { Detector } from '../detect/detector.ts';
import { createPipeline } from '../detect/runtime.ts';
import { type AgentEvent, EVENT, type EventField } from '../event/event.ts';
import { credentialEvents } from '../event/exposed.ts';
import { rowOf } from '../event/field.ts';
import { encodeFrame } from '../event/frame/index.ts';
import { createAdmission } from '../ingest/admission.ts';
import { IngestConfig } from '../ingest/config.ts';
import { createMetrics } from '../metrics/metrics.ts';

/** Any day will do. */
const AT = Date.UTC(2026, 0, 15, 12);
/** Every event has them. */
const GIVEN: readonly EventField[] = ['event_id', 'time', 'received', 'kind', 'tenant', 'producer', 'marks'];

/**
 * The columns without which a detector is silent about its own attack: where a producer never fills one of them, the detector is blind
 * there. Found by trying: each column is emptied in turn. Undefined where its configuration leaves nothing to attack.
 */
export function needsOf(detector: Detector, config: unknown = {}): EventField[] | undefined {
  const rows = rowsOf(detector, config);
  if (!fires(detector, config, rows)) return undefined;
  return detector.columns.filter((name) => {
    if (GIVEN.includes(name)) return false;
    const emptied = rows.map(({ [name]: _, ...rest }) => rowOf(EVENT, rest) as AgentEvent);
    return !fires(detector, config, emptied);
  });
}

/** The attack as the door lets it in. */
function rowsOf(detector: Detector, config: unknown): AgentEvent[] {
  const run = { at: AT, id: 'selftest', config: prepare(detector, config).config };
  const admission = createAdmission({
    secret: Buffer.alloc(32, 'selftest'),
    config: IngestConfig.parse({}),
    metrics: createMetrics(),
  });
  const events = posted(detector.attack?.(run) ?? [], run);
  return events.flatMap((event, index) => {
    const admitted = admission.admit(event, { producer: 'selftest', door: 'events', received: AT, index });
    return admitted.ok ? [admitted.event] : [];
  });
}

function fires(detector: Detector, config: unknown, rows: readonly AgentEvent[]): boolean {
  const isKeyed = detector.key === 'credential';
  const pipeline = createPipeline({
    topic: isKeyed ? 'credentials' : 'events',
    partition: 0,
    detectors: [prepare(detector, config)],
    config: DetectConfig.parse({}),
    now: () => AT,
  });
  (isKeyed ? credentialEvents(rows) : rows).forEach((row, offset) => {
    pipeline.process({ offset, appended: row.time, frame: encodeFrame(EVENT.columns, [row]) });
  });
  const { alerts } = pipeline.take();
  pipeline.close();
  return alerts.some((alert) => alert.detector === detector.id);
}
