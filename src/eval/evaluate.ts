import type { Alert } from '../alert/alert.ts';
import type { DetectConfig } from '../detect/config.ts';
import type { Detector } from '../detect/detector.ts';
import type { Policy } from '../respond/policy.ts';
import { acts, isShown } from './act.ts';
import { type Corpus, readCorpus } from './corpus.ts';
import { judge } from './judge.ts';
import { type Scores, scoreOf } from './score.ts';

/** One file's answer: the scores are those of `act`, what the policy would take away; `alert` is what an analyst is shown. */
export interface FileScore extends Scores {
  file: string;
  format: Corpus['format'];
  events: number;
  /** Records that became no event. */
  unread: number;
  /** Of detection alone. */
  seconds: number;
  events_per_second: number;
  alert: Scores;
}

export interface EvaluateOptions {
  detectors: readonly Detector[];
  config?: DetectConfig | undefined;
  policy: Policy;
  /** Only alerts of this detector count. */
  detector?: string | undefined;
  onProgress?(file: string, events: number, of: number): void;
}

export interface Evaluated {
  score: FileScore;
  corpus: Corpus;
  alerts: readonly Alert[];
}

/** Scores one labelled file. Nothing is carried over from another one. */
export async function evaluate(path: string, options: EvaluateOptions): Promise<Evaluated> {
  const { detectors, config, policy, detector, onProgress } = options;
  const corpus = await readCorpus(path);
  const started = performance.now();
  const all = judge(corpus.events, {
    detectors,
    ...(config && { config }),
    onProgress: (events) => onProgress?.(corpus.file, events, corpus.events.length),
  });
  const seconds = (performance.now() - started) / 1000;
  // What the runtime says of a producer is about no case: a file that was put together has gaps of months.
  const alerts = all.filter(
    (alert) => alert.subject_kind !== 'producer' && (detector === undefined || alert.detector === detector),
  );
  const score = {
    file: corpus.file,
    format: corpus.format,
    events: corpus.events.length,
    unread: corpus.unread,
    seconds: Math.round(seconds * 1000) / 1000,
    events_per_second: Math.round(corpus.events.length / seconds),
    ...scoreOf(
      corpus,
      alerts.filter((alert) => acts(alert, policy)),
    ),
    alert: scoreOf(corpus, alerts.filter(isShown)),
  };
  return { score, corpus, alerts };
}
