import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileScore } from '../src/eval/evaluate.ts';
import type { GroupScore, Scores } from '../src/eval/score.ts';
import type { CurvePoint } from './curves.ts';
import { table } from './table.ts';

/** What scoring the public corpora came to, and of which detectors. */
export interface Detection {
  /** Of everything that decides what is found and acted on: another value makes the page stale. */
  sources: string;
  files: FileScore[];
  curves: CurvePoint[];
}

const root = join(import.meta.dirname, '..');

/** Digest of the sources of all detectors, of what the door makes values and classes of, and of the policy that was scored. */
export function sourcesDigest(): string {
  const hash = createHash('sha256');
  const files = ['detectors', 'src/event', 'src/detect']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
    )
    .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|testing|fixtures/.test(file));
  for (const file of [...files.sort(), 'samples/start-policy.yaml'])
    hash.update(`${file}\0${readFileSync(join(root, file), 'utf8')}\0`);
  return hash.digest('hex').slice(0, 16);
}

/** The page on how well detection does, in Markdown. */
export function detectionPage({ files, curves }: Detection): string {
  return `${[
    '# How well detection does',
    '<!-- Written by scripts/generate-detection-docs.ts from docs/detection.json, which npm run score writes. -->',
    INTRODUCTION,
    section(
      'What would be taken away',
      scoreTable(files, (file) => file),
    ),
    section(
      'What an analyst is shown',
      scoreTable(files, ({ alert }) => alert),
    ),
    section('Reported apart', hardTable(files)),
    section('By detector', detectorTable(files)),
    section('By group', groupTable(files)),
    section('What another setting would give', `${CURVES}\n\n${curveTable(curves)}`),
    section('What the rest is', REST),
  ].join('\n\n')}\n`;
}

const INTRODUCTION = `Public, labelled data, scored by \`tripline eval\`: labels are removed, events go through the door and the runtime of production in order of time. A case is a run, a technique,
a benign record or a scenario; cases are counted, not alerts. In brackets: 95 % intervals (Wilson). **These runs were looked at while the detectors were written, so expect less on your own:**
begin with mode \`observe\`. The intervals treat runs as independent, and they are not: the 200 honest agent runs are 40 tasks by five models.

- \`agentdyn\`: agent runs, an attack succeeded or none was there (leolee99/AgentDyn). \`loops\`: shell, SQL, Python and CTF runs that used up all turns, or were solved (princeton-nlp/intercode).
- \`cloudtrail\`: AWS records, positive is each attack technique (invictus-ir/aws_dataset, OTRF/Security-Datasets, DataDog/stratus-red-team). \`logons\`: Windows scenarios (OTRF/Security-Datasets).
- _Taken away_ is what [samples/start-policy.yaml](../samples/start-policy.yaml) would revoke in mode \`enforce\`, and what it would ask a person to (rule \`moving-between-hosts\`: all but three of the alerts on
  \`logons\`); _shown_ is every alert of medium severity or more.`;

const CURVES = `Marked is what is shipped. Of \`loops\` it is what would be taken away with one option turned; of \`agentdyn\` every alert counts from this confidence on. Each is measured on the runs that were looked at,
so that choosing the best row would be to fit them.`;

const REST = `- **Agent runs.** Missed are mostly hijacked calls of a kind that the task has anyway: one more item in the cart, another payment, another invitation. Words and data flow do not tell them from the task; a declared scope
  (\`scope_tools\`, \`scope_targets\` at the start of the task) would. In these records flow is known per call and not per value, and requests are cut at 240 characters.
- **Loops.** Long honest runs look like exhausted ones until they are solved: each rule that counts to six partly reads the length of the run.
- **Logons.** To tell movement from the first use of a file share, both of them a logon and a connection to port 445, takes what these scenarios do not hold: weeks of a fleet's habits. So that rule asks a person.
- **CloudTrail.** Most techniques here are one or two calls of an administrator's kind. A rule for each would be a list of call names.`;

function scoreTable(files: readonly FileScore[], of: (file: FileScore) => Scores): string {
  const head = [
    'File',
    'Caught',
    'Recall',
    'In time',
    'False',
    'False positive rate',
    'Precision',
    'Calls saved a case',
  ];
  return table(
    head,
    files.map((file) => {
      const s = of(file);
      return [
        short(file),
        `${s.caught} of ${s.positives}`,
        `${s.recall} (${s.recall_interval.join(' to ')})`,
        String(s.recall_in_time),
        `${s.false_alarms} of ${s.negatives}`,
        `${s.fpr} (${s.fpr_interval.join(' to ')})`,
        String(s.precision),
        String(s.calls_saved_per_positive),
      ];
    }),
  );
}

function curveTable(curves: readonly CurvePoint[]): string {
  const rows = curves.map(({ file, setting, value, shipped, recall, fpr, hard }) => [
    short({ file }),
    setting,
    `${value}${shipped ? ' (shipped)' : ''}`,
    String(recall),
    String(fpr),
    Object.entries(hard)
      .map(([name, { alarmed, count }]) => `${name.replaceAll('_', ' ')} ${alarmed} of ${count}`)
      .join(', '),
  ]);
  return table(['File', 'Setting', 'Value', 'Recall', 'False positive rate', 'Reported apart'], rows);
}

function hardTable(files: readonly FileScore[]): string {
  const rows = files.flatMap((file) =>
    Object.entries(file.hard).map(([name, { count, alarmed, interval }]) => [
      short(file),
      name.replaceAll('_', ' '),
      `${alarmed} of ${count}`,
      interval.join(' to '),
      `${file.alert.hard[name]?.alarmed ?? 0} of ${count}`,
    ]),
  );
  return table(['File', 'Class', 'Taken away', 'Interval', 'Shown'], rows);
}

function detectorTable(files: readonly FileScore[]): string {
  const rows = files.flatMap((file) =>
    Object.entries(file.alert.by_detector).map(([id, { alerts, caught, false_alarms }]) => [
      short(file),
      `[${id}](../detectors/${id}/README.md)`,
      String(alerts),
      String(caught),
      String(false_alarms),
    ]),
  );
  return table(['File', 'Detector', 'Alerts shown', 'Caught', 'False'], rows);
}

/** Techniques and scenarios are cases of their own, and listed by `tripline eval --json`. */
const GROUPS = ['suite', 'model', 'env'];

function groupTable(files: readonly FileScore[]): string {
  const rows = files.flatMap((file) =>
    GROUPS.flatMap((group) =>
      Object.entries(file.by_group[group] ?? {}).map(([name, score]) => [short(file), name, ...groupCells(score)]),
    ),
  );
  return table(['File', 'Group', 'Taken away', 'Recall', 'False', 'False positive rate'], rows);
}

function groupCells({ positives, caught, recall, negatives, false_alarms, fpr }: GroupScore): string[] {
  return [`${caught} of ${positives}`, String(recall), `${false_alarms} of ${negatives}`, String(fpr)];
}

const short = ({ file }: Pick<FileScore, 'file'>) => file.replace(/\..*$/, '');
const section = (title: string, text: string) => `## ${title}\n\n${text}`;
