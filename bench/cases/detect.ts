import { DETECTORS } from '../../detectors/index.ts';
import { DetectConfig, prepare } from '../../src/detect/config.ts';
import type { Detector } from '../../src/detect/detector.ts';
import { createPipeline } from '../../src/detect/runtime.ts';
import type { Append } from '../../src/log/log.ts';
import { createDoor, textsOf } from '../door.ts';
import { jsonParse, measure, type Row } from '../measure.ts';
import { FOUR_RULES } from '../rules.ts';

const EVENTS = 200_000;

/** Frames in, alerts out, on one thread: the four rules of the peers, and every detector that is shipped. */
export async function detect(): Promise<Row[]> {
  const texts = textsOf({ events: EVENTS });
  const appends: Append[] = [];
  createDoor(1).through(texts, (some) => appends.push(...some));
  const subjects = [
    ['detect, four rules', FOUR_RULES] as const,
    ['detect, all shipped detectors', DETECTORS] as const,
  ].map(([name, detectors]) => {
    let found: Record<string, number> = {};
    return {
      name,
      events: EVENTS,
      run() {
        found = alertsOf(appends, detectors);
      },
      more: () => ({ alerts: Object.values(found).reduce((sum, count) => sum + count, 0), ...found }),
    };
  });
  return measure(jsonParse(texts), subjects);
}

/** Alerts by detector. */
export function alertsOf(appends: readonly Append[], detectors: readonly Detector[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [topic, key] of [
    ['events', 'agent'],
    ['credentials', 'credential'],
  ] as const) {
    let appended = 0;
    const pipeline = createPipeline({
      topic,
      partition: 0,
      detectors: detectors.filter((one) => one.key === key).map((one) => prepare(one, {})),
      config: DetectConfig.parse({}),
      now: () => appended,
      onFailure(_, error) {
        throw error;
      },
    });
    const frames = appends.filter((append) => append.topic === topic);
    for (const [offset, { frame }] of frames.entries()) {
      appended = Date.UTC(2026, 0, 1) + offset * 50;
      pipeline.process({ offset, appended, frame });
    }
    pipeline.close();
    for (const { detector } of pipeline.take().alerts) found[detector] = (found[detector] ?? 0) + 1;
  }
  return found;
}
