import type { Alert } from '../alert/alert.ts';
import type { Case } from './case.ts';
import type { Corpus } from './corpus.ts';
import { rounded, wilson } from './wilson.ts';

/** Of a class that is reported apart. */
export interface HardScore {
  count: number;
  alarmed: number;
  rate: number;
  interval: [number, number];
}

export interface DetectorScore {
  alerts: number;
  caught: number;
  false_alarms: number;
}

export interface GroupScore {
  positives: number;
  caught: number;
  recall: number;
  negatives: number;
  false_alarms: number;
  fpr: number;
}

/** What a set of alerts is worth, against the answers. Cases are counted, and not alerts. */
export interface Scores {
  alerts: number;
  positives: number;
  caught: number;
  caught_in_time: number;
  recall: number;
  recall_in_time: number;
  recall_interval: [number, number];
  negatives: number;
  false_alarms: number;
  fpr: number;
  fpr_interval: [number, number];
  precision: number;
  /** Share of the calls of all positives that came after their first alert, and how many that is a case. */
  calls_saved_share: number;
  calls_saved_per_positive: number;
  hard: Record<string, HardScore>;
  by_detector: Record<string, DetectorScore>;
  by_group: Record<string, Record<string, GroupScore>>;
}

/** First alert on a case. */
interface Hit {
  /** Call at which it came. */
  call: number;
  detectors: Set<string>;
}

export function scoreOf(corpus: Corpus, alerts: readonly Alert[]): Scores {
  const hits = hitsOf(corpus, alerts);
  const cases = [...corpus.cases.values()];
  const positives = cases.filter(({ truth }) => truth === 'positive');
  const negatives = cases.filter(({ truth }) => truth === 'negative');
  const isHit = ({ id }: Case) => hits.has(id);
  const caught = positives.filter(isHit);
  const inTime = caught.filter(({ id, deadline }) => hits.get(id)!.call <= (deadline ?? Number.POSITIVE_INFINITY));
  const alarms = negatives.filter(isHit);
  const calls = sum(positives, ({ id }) => corpus.calls.get(id) ?? 0);
  const saved = sum(caught, ({ id }) => Math.max(0, (corpus.calls.get(id) ?? 0) - hits.get(id)!.call - 1));
  return {
    alerts: alerts.length,
    positives: positives.length,
    caught: caught.length,
    caught_in_time: inTime.length,
    recall: share(caught.length, positives.length),
    recall_in_time: share(inTime.length, positives.length),
    recall_interval: wilson(caught.length, positives.length),
    negatives: negatives.length,
    false_alarms: alarms.length,
    fpr: share(alarms.length, negatives.length),
    fpr_interval: wilson(alarms.length, negatives.length),
    precision: share(caught.length, caught.length + alarms.length),
    calls_saved_share: share(saved, calls),
    calls_saved_per_positive: share(saved, positives.length),
    hard: hardOf(cases, isHit),
    by_detector: byDetector(corpus, alerts, hits),
    by_group: byGroup(cases, isHit),
  };
}

/** Cases that alerts are about. A case that yields is meant only when no positive is among the evidence. */
export function casesOf(corpus: Corpus, alert: Alert): { id: string; call: number }[] {
  const calls = new Map<string, number>();
  for (const event_id of alert.event_ids) {
    const place = corpus.places.get(event_id);
    if (place !== undefined) calls.set(place.case_id, Math.max(place.call, calls.get(place.case_id) ?? 0));
  }
  const found = [...calls].map(([id, call]) => ({ id, call }));
  const firm = found.filter(({ id }) => corpus.cases.get(id)?.yields !== true);
  // Of many harmless records one alarm is made, not as many as the alert cites.
  return firm.length > 0 ? firm : found.slice(-1);
}

function hitsOf(corpus: Corpus, alerts: readonly Alert[]): Map<string, Hit> {
  const hits = new Map<string, Hit>();
  for (const alert of alerts) {
    for (const { id, call } of casesOf(corpus, alert)) {
      const known = hits.get(id);
      if (known === undefined) hits.set(id, { call, detectors: new Set([alert.detector]) });
      else {
        known.call = Math.min(known.call, call);
        known.detectors.add(alert.detector);
      }
    }
  }
  return hits;
}

function hardOf(cases: readonly Case[], isHit: (each: Case) => boolean): Record<string, HardScore> {
  const names = [...new Set(cases.flatMap(({ hard }) => hard))].sort();
  return Object.fromEntries(
    names.map((name) => {
      const members = cases.filter(({ hard }) => hard.includes(name));
      const alarmed = members.filter(isHit).length;
      const interval = wilson(alarmed, members.length);
      return [name, { count: members.length, alarmed, rate: share(alarmed, members.length), interval }];
    }),
  );
}

function byDetector(corpus: Corpus, alerts: readonly Alert[], hits: Map<string, Hit>): Record<string, DetectorScore> {
  const ids = [...new Set(alerts.map(({ detector }) => detector))].sort();
  const truthOf = (id: string) => corpus.cases.get(id)?.truth;
  return Object.fromEntries(
    ids.map((id) => {
      const mine = [...hits].filter(([, { detectors }]) => detectors.has(id)).map(([case_id]) => truthOf(case_id));
      return [
        id,
        {
          alerts: alerts.filter(({ detector }) => detector === id).length,
          caught: mine.filter((truth) => truth === 'positive').length,
          false_alarms: mine.filter((truth) => truth === 'negative').length,
        },
      ];
    }),
  );
}

function byGroup(cases: readonly Case[], isHit: (each: Case) => boolean): Scores['by_group'] {
  const result: Record<string, Record<string, GroupScore>> = {};
  for (const name of new Set(cases.flatMap(({ groups }) => Object.keys(groups)))) {
    const values = [...new Set(cases.flatMap(({ groups }) => groups[name] ?? []))].sort();
    result[name] = Object.fromEntries(
      values.map((value) => [
        value,
        groupScore(
          cases.filter(({ groups }) => groups[name] === value),
          isHit,
        ),
      ]),
    );
  }
  return result;
}

function groupScore(members: readonly Case[], isHit: (each: Case) => boolean): GroupScore {
  const positives = members.filter(({ truth }) => truth === 'positive');
  const negatives = members.filter(({ truth }) => truth === 'negative');
  const caught = positives.filter(isHit).length;
  const false_alarms = negatives.filter(isHit).length;
  return {
    positives: positives.length,
    caught,
    recall: share(caught, positives.length),
    negatives: negatives.length,
    false_alarms,
    fpr: share(false_alarms, negatives.length),
  };
}

const share = (part: number, of: number) => (of === 0 ? 0 : rounded(part / of));
const sum = <T>(items: readonly T[], of: (item: T) => number) => items.reduce((total, item) => total + of(item), 0);
