import { DETECTORS } from '../detectors/index.ts';
import type { AgentEvent } from '../src/event/event.ts';
import { createAdmission } from '../src/ingest/admission.ts';
import { IngestConfig } from '../src/ingest/config.ts';
import { appendsOf } from '../src/ingest/frames.ts';
import { LogConfig } from '../src/log/config.ts';
import type { Append, Log } from '../src/log/log.ts';
import { createMetrics } from '../src/metrics/metrics.ts';
import { credentialColumns } from '../src/run/credential-columns.ts';
import { generate, type LoadOptions } from './generate.ts';

const BATCH_EVENTS = 1000;

export const textsOf = (options: LoadOptions): Buffer[] => [...generate(options)].map((text) => Buffer.from(text));

/** What the door does between a request and the log: parse, check, strip, fingerprint, frame. */
export function createDoor(partitions = 2) {
  const config = IngestConfig.parse({});
  const admission = createAdmission({ secret: Buffer.alloc(32, 7), config, metrics: createMetrics() });
  const { partitions: configured } = LogConfig.parse({ partitions: { events: partitions, credentials: partitions } });
  const log = { partitions: (topic) => configured[topic] } as Pick<Log, 'partitions'> as Log;
  const columns = credentialColumns(DETECTORS);

  const admit = (texts: readonly Buffer[], from: number, to: number): AgentEvent[] => {
    const context = {
      producer: 'bench',
      door: 'events',
      received: Date.now(),
      occurrences: new Map<string, number>(),
    } as const;
    const events: AgentEvent[] = [];
    for (let i = from; i < to; i++) {
      const admitted = admission.admit(JSON.parse(texts[i]!.toString('utf8')), { ...context, index: i - from });
      if (!admitted.ok) throw new Error(`An event was refused: ${admitted.reject.field} ${admitted.reject.expected}`);
      events.push(admitted.event);
    }
    return events;
  };
  return {
    credentialColumns: columns,
    admit,
    /** Hands over the appends of each batch. */
    through(texts: readonly Buffer[], onAppends: (appends: Append[]) => void): void {
      for (let from = 0; from < texts.length; from += BATCH_EVENTS) {
        const events = admit(texts, from, Math.min(texts.length, from + BATCH_EVENTS));
        onAppends(appendsOf(events, [], { log, config, credentialColumns: columns }));
      }
    },
  };
}
