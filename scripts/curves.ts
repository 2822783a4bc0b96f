import { DETECTORS } from '../detectors/index.ts';
import { DetectConfig } from '../src/detect/config.ts';
import { evaluate, type FileScore } from '../src/eval/evaluate.ts';
import { type Scores, scoreOf } from '../src/eval/score.ts';
import type { Policy } from '../src/respond/policy.ts';

/** What another setting would have given: how much each point of recall costs. */
export interface CurvePoint {
  file: string;
  /** What is turned. */
  setting: string;
  value: number;
  /** True for the value that is shipped. */
  shipped: boolean;
  recall: number;
  fpr: number;
  hard: Record<string, { count: number; alarmed: number }>;
}

interface Turn {
  format: FileScore['format'];
  detector: string;
  option: string;
  values: readonly number[];
}

const TURNS: readonly Turn[] = [
  { format: 'loops', detector: 'retry-storm', option: 'failures', values: [5, 6, 7, 8, 9] },
  { format: 'loops', detector: 'retry-storm', option: 'repeated_points', values: [3, 4, 5, 6, 8] },
  { format: 'loops', detector: 'retry-storm', option: 'exact_calls', values: [3, 4, 5] },
];

/** What an alert must be sure of before it counts. */
const CONFIDENCES = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95] as const;

/** The curves of one file: the options of a detector, or the confidence from which on alerts count. */
export async function curvesOf(path: string, { file, format }: FileScore, policy: Policy): Promise<CurvePoint[]> {
  const points = await Promise.all(
    TURNS.filter((turn) => turn.format === format).flatMap((turn) =>
      turn.values.map((value) => turned(path, turn, value, policy)),
    ),
  );
  if (format !== 'agent_runs') return points;
  const { corpus, alerts } = await evaluate(path, { detectors: DETECTORS, policy });
  for (const value of CONFIDENCES) {
    const scores = scoreOf(
      corpus,
      alerts.filter(({ confidence }) => confidence >= value),
    );
    points.push(pointOf(file, { setting: 'confidence of any alert', value, shipped: false }, scores));
  }
  return points;
}

async function turned(path: string, { detector, option }: Turn, value: number, policy: Policy) {
  const shipped = DETECTORS.find(({ id }) => id === detector)!.config.parse({}) as Record<string, number>;
  const config = DetectConfig.parse({ detectors: { [detector]: { config: { [option]: value } } } });
  const { score } = await evaluate(path, { detectors: DETECTORS, config, policy });
  return pointOf(score.file, { setting: `${detector} ${option}`, value, shipped: shipped[option] === value }, score);
}

function pointOf(file: string, at: Pick<CurvePoint, 'setting' | 'value' | 'shipped'>, scores: Scores): CurvePoint {
  const hard = Object.entries(scores.hard).map(([name, { count, alarmed }]) => [name, { count, alarmed }] as const);
  return { file, ...at, recall: scores.recall, fpr: scores.fpr, hard: Object.fromEntries(hard) };
}
