import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectorPage, detectorsPage, optionsOf } from '../scripts/detector-page.ts';
import type { Detector } from '../src/detect/detector.ts';
import { runDetector } from '../src/detect/testing.ts';
import { type AgentEvent, EVENT, EVENT_KINDS } from '../src/event/event.ts';
import { DETECTORS } from './index.ts';
import { FRAMEWORKS } from './taxonomy.ts';

const here = import.meta.dirname;
const columns = new Set(EVENT.columns.map(({ name }) => name));

const AT = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

/** What a selftest would post, as rows. */
function attackOf(detector: Detector, input: object): Partial<AgentEvent>[] {
  const config = detector.config.parse(input);
  return (detector.attack?.({ at: AT, id: 'attack', config }) ?? []).map(({ before_ms, ...event }, i) => ({
    ...(event as Partial<AgentEvent>),
    event_id: `e${i}`,
    time: AT - before_ms,
    // The door makes these of what is posted.
    args_digest: 'the same',
    result_digest: 'the same',
  }));
}

describe('the catalogue of detectors', () => {
  it('lists exactly the folders, in order', () => {
    const folders = readdirSync(here, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
    expect(DETECTORS.map(({ id }) => id)).toEqual(folders.sort());
  });

  it('has a page of all, with what the runtime says of itself', () => {
    expect(readFileSync(join(here, 'README.md'), 'utf8')).toBe(detectorsPage(DETECTORS));
  });

  for (const detector of DETECTORS) {
    const { id, meta } = detector;

    describe(id, () => {
      it('has a test of its own', () => {
        expect(existsSync(join(here, id, `${id}.test.ts`))).toBe(true);
      });

      it('has a README that is what its object says: npx tsx scripts/generate-detector-docs.ts', () => {
        expect(readFileSync(join(here, id, 'README.md'), 'utf8')).toBe(detectorPage(detector));
      });

      it('has a strict configuration whose every option is described and defaulted', () => {
        expect(optionsOf(detector.config).length).toBeGreaterThan(0);
        expect(detector.config.safeParse({}).success).toBe(true);
        expect(detector.config.safeParse({ surely_no_option: 1 }).success).toBe(false);
      });

      it('runs with every number at the least that its configuration allows', () => {
        for (const { name, minimum } of optionsOf(detector.config)) {
          if (minimum === undefined) continue;
          expect(runDetector(detector, { [name]: minimum }, [{ agent_id: 'a', time: 1 }]), name).toEqual([]);
        }
      });

      it('says what it misses, what alarms it falsely, and what to do, and maps to ids that exist', () => {
        for (const list of [meta.misses, meta.false_positives, meta.triage]) expect(list.length).toBeGreaterThan(0);
        for (const { ids, names } of FRAMEWORKS) expect(ids(meta).filter((each) => !names.has(each))).toEqual([]);
        expect(meta.attack.length + meta.atlas.length).toBeGreaterThan(0);
      });

      it('is not asked about kinds of events that it would say nothing of', () => {
        const { kinds, ...asked } = detector;
        if (kinds === undefined) return;
        const config = id === 'canary' ? { targets: ['crm/*'] } : {};
        const events = attackOf(detector, config).flatMap((event) =>
          EVENT_KINDS.map((kind) =>
            // Only a lifecycle event says what began or ended.
            event.kind === kind ? event : { ...event, kind, lifecycle: '', event_id: `${event.event_id}-${kind}` },
          ),
        );
        const until = { until: AT + DAY_MS };
        const alerts = runDetector(detector, config, events, until);
        expect(alerts.length).toBeGreaterThan(0);
        expect(alerts).toEqual(runDetector(asked, config, events, until));
      });

      it('reads columns that events have', () => {
        expect(detector.columns.filter((name) => !columns.has(name))).toEqual([]);
      });
    });
  }
});
