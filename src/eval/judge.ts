import type { Alert } from '../alert/alert.ts';
import { DetectConfig, prepareDetectors } from '../detect/config.ts';
import type { Detector } from '../detect/detector.ts';
import { createPipeline } from '../detect/runtime.ts';
import { type AgentEvent, EVENT } from '../event/event.ts';
import { credentialEvents } from '../event/exposed.ts';
import type { Column } from '../event/field.ts';
import { encodeFrame } from '../event/frame/index.ts';
import { credentialColumns } from '../run/credential-columns.ts';

const FRAME_EVENTS = 500;
/** After the last event, what was expected by then is judged. */
const AFTER_MS = 86_400_000;

export interface JudgeOptions {
  detectors: readonly Detector[];
  config?: DetectConfig;
  /** Told how many of the events have been judged. */
  onProgress?(events: number): void;
}

/** Runs events, in order of time, through the runtime of production: frames, both keyings, ticks. Returns the alerts in order. */
export function judge(events: readonly AgentEvent[], options: JudgeOptions): Alert[] {
  const { detectors, config = DetectConfig.parse({}), onProgress } = options;
  const prepared = prepareDetectors(detectors, config.detectors);
  const alerts: Alert[] = [];
  const run = (topic: 'events' | 'credentials', columns: readonly Column[], rows: readonly AgentEvent[]) => {
    const key = topic === 'events' ? 'agent' : 'credential';
    let clock = 0;
    const pipeline = createPipeline({
      topic,
      partition: 0,
      detectors: prepared.filter(({ detector }) => detector.key === key),
      config,
      now: () => clock,
      onFailure: (_, error) => {
        throw error;
      },
    });
    for (let from = 0, offset = 0; from < rows.length; from += FRAME_EVENTS, offset += 1) {
      const batch = rows.slice(from, from + FRAME_EVENTS);
      clock = Math.max(clock, batch.at(-1)!.time);
      pipeline.process({ offset, appended: clock, frame: encodeFrame(columns, batch) });
      if (topic === 'events') onProgress?.(from + batch.length);
    }
    pipeline.tick(clock + AFTER_MS);
    alerts.push(...pipeline.take().alerts);
    pipeline.close();
  };
  run('events', EVENT.columns, events);
  run('credentials', credentialColumns(detectors), credentialEvents(events));
  return alerts;
}
