import type * as z from 'zod';
import type { Alert } from '../alert/alert.ts';
import { type AgentEvent, EVENT, type EventField } from '../event/event.ts';
import { rowOf } from '../event/field.ts';
import { encodeFrame } from '../event/frame/index.ts';
import { DetectConfig, prepare } from './config.ts';
import type { Detector } from './detector.ts';
import { createPipeline } from './runtime.ts';

/** Columns that are there whatever a detector declares: what it may rely on, and what an alert is filled with. */
const ALWAYS: readonly EventField[] = [
  'event_id',
  'time',
  'received',
  'kind',
  'tenant',
  'producer',
  'marks',
  'credential',
  'credential_handles',
  'agent_id',
  'agent_instance',
  'session',
  'task',
];

export interface RunOptions {
  /** The log's clock at the end: what was expected by then is judged. */
  until?: number;
}

/**
 * Runs one detector over events through the real runtime, in memory: each event is a frame of its own that was appended when it
 * happened (or when the one before was, if that is later). Events are partial: what is missing is empty, except `event_id` (e1, e2, …),
 * `kind` (tool_call), `tenant` (default), `producer` (test) and `received` (its time). The detector sees the columns that it declares.
 * An exception of the detector is thrown on. Returns the alerts in order; `detected` is the log's time.
 */
export function runDetector<C extends z.ZodType>(
  detector: Detector<C>,
  config: z.input<C>,
  events: readonly Partial<AgentEvent>[],
  options: RunOptions = {},
): Alert[] {
  let appended = 0;
  const columns = EVENT.columns.filter(
    ({ name }) => ALWAYS.includes(name as EventField) || detector.columns.includes(name as EventField),
  );
  const pipeline = createPipeline({
    topic: detector.key === 'agent' ? 'events' : 'credentials',
    partition: 0,
    detectors: [prepare(detector, config)],
    config: DetectConfig.parse({}),
    now: () => appended,
    onFailure: (_, error) => {
      throw error;
    },
  });
  events.forEach((event, offset) => {
    const row = completed(event, offset);
    appended = Math.max(appended, row.time);
    pipeline.process({ offset, appended, frame: encodeFrame(columns, [row]) });
  });
  appended = Math.max(appended, options.until ?? 0);
  pipeline.tick(appended);
  pipeline.close();
  return pipeline.take().alerts;
}

function completed(event: Partial<AgentEvent>, offset: number): AgentEvent {
  return rowOf(EVENT, {
    event_id: `e${offset + 1}`,
    kind: 'tool_call',
    tenant: 'default',
    producer: 'test',
    received: event.time ?? 0,
    ...event,
  });
}
