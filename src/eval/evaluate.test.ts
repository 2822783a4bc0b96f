import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { DETECTORS } from '../../detectors/index.ts';
import { DetectConfig } from '../detect/config.ts';
import { enforced } from './act.ts';
import { readCorpus } from './corpus.ts';
import { evaluate } from './evaluate.ts';
import { explain } from './explain.ts';

const folder = await mkdtemp(join(tmpdir(), 'tripline-eval-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const rules = (mode: string) => `
version: 1
defaults: { receivers: [r] }
rules:
  - { name: storms, match: { detector: retry-storm }${mode} }
`;
const policy = enforced(rules(''));

const call = (i: number, args: string, failed: boolean) => ({
  i,
  tool: 'shell',
  args,
  args_sha: args,
  result_sha: failed ? 'error' : `result of ${args}`,
  failed,
  reward: 0.5,
});
const looped = (task: number, calls: object[], label: object) => ({
  env: 'bash',
  model: 'm',
  task,
  turns_max: 10,
  calls,
  label,
});
/** The same failing call ten times; three different calls; eight different calls; and one of which nobody knows how it ended. */
const LOOPS = [
  looped(
    0,
    Array.from({ length: 10 }, (_, i) => call(i, 'make', true)),
    { solved: false, exhausted: true },
  ),
  looped(
    1,
    ['ls', 'cat a', 'rm a'].map((args, i) => call(i, args, false)),
    { solved: true, exhausted: false },
  ),
  looped(
    2,
    Array.from({ length: 8 }, (_, i) => call(i, `cat ${i}`, false)),
    { solved: true, exhausted: false },
  ),
  looped(3, [call(0, 'ls', false)], { solved: false }),
];

async function fileOf(name: string, rows: readonly object[]): Promise<string> {
  const file = join(folder, name);
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  await writeFile(file, name.endsWith('.gz') ? gzipSync(text) : text);
  return file;
}

describe('an evaluation', () => {
  it('scores a file of loops against its labels', async () => {
    const { score } = await evaluate(await fileOf('loops.jsonl.gz', LOOPS), { detectors: DETECTORS, policy });
    expect(score).toMatchObject({
      file: 'loops.jsonl.gz',
      format: 'loops',
      events: 22,
      unread: 0,
      positives: 1,
      caught: 1,
      negatives: 2,
      false_alarms: 0,
      precision: 1,
      hard: { long_negatives: { count: 1, alarmed: 0 } },
      alert: { caught: 1, false_alarms: 0 },
    });
    // Four equal failures are a storm: six of ten calls come later.
    expect(score.calls_saved_per_positive).toBe(6);
  });

  it('acts only where the policy would, and shows the rest', async () => {
    const file = await fileOf('observed.jsonl', LOOPS);
    const observing = enforced(rules(', mode: observe'));
    const { score } = await evaluate(file, { detectors: DETECTORS, policy: observing });
    expect([score.caught, score.alert.caught]).toEqual([0, 1]);
    const other = await evaluate(file, { detectors: DETECTORS, policy, detector: 'token-replay' });
    expect(other.score.alert.alerts).toBe(0);
  });

  it('shows detectors no answers', async () => {
    const secret = (at: string) => ({ note: `answer-${at}` });
    const files = [
      await fileOf('l.jsonl', [looped(0, [{ ...call(0, 'ls', false), reward: 'answer-reward' }], { exhausted: true })]),
      await fileOf('r.jsonl', [
        {
          run: 'r1',
          user_prompt: 'Pay',
          evaluated_at: '2026-01-24 03:06:02',
          duration_s: 1,
          task: 'answer-task',
          calls: [{ i: 0, turn: 0, tool: 'pay', args: {}, status: 'ok' }],
          label: { kind: 'benign', ...secret('label') },
        },
      ]),
      await fileOf('c.jsonl', [
        {
          time: '2023-07-10T11:42:18Z',
          source: 'ec2.amazonaws.com',
          name: 'RunInstances',
          principal_type: 'IAMUser',
          principal: 'arn:aws:iam::1:user/stratus-red-team-answer',
          access_key: 'AKIAFAKE958396013BE9',
          ip: '10.0.0.1',
          ua: 'stratus-red-team_x',
          label: { attack: true, technique: 'answer-technique' },
        },
      ]),
    ];
    for (const file of files) {
      const { events, cases } = await readCorpus(file);
      expect(events.length).toBeGreaterThan(0);
      expect(cases.size).toBe(1);
      const text = JSON.stringify(events, (_, value) => (typeof value === 'bigint' ? String(value) : value));
      expect(text).not.toMatch(/answer-(reward|label|technique|task)|stratus/);
    }
  });

  it('refuses a file without labels that it knows', async () => {
    const unknown = await fileOf('unknown.jsonl', [{ kind: 'tool_call', agent_id: 'a' }]);
    await expect(readCorpus(unknown)).rejects.toMatchObject({ code: 'TRIPLINE_INPUT_UNSUPPORTED' });
    const broken = await fileOf('broken.jsonl', []);
    await expect(readCorpus(broken)).rejects.toMatchObject({ code: 'TRIPLINE_INPUT_UNREADABLE' });
  });
});

describe('an explanation', () => {
  it('shows where a detector fired, and how far a silent one was from it', async () => {
    const almost = looped(
      0,
      Array.from({ length: 3 }, (_, i) => call(i, 'make', true)),
      { solved: true, exhausted: false },
    );
    const { corpus, alerts } = await evaluate(await fileOf('e.jsonl', [LOOPS[0]!, almost]), {
      detectors: DETECTORS,
      policy,
    });
    const of = (id: string) =>
      explain({ corpus, alerts, policy, detectors: DETECTORS, config: DetectConfig.parse({}), id })?.join('\n');
    expect(of('0')).toMatch(/ACT {3}retry-storm exact_repeat .*\(exact_calls 4, observed 4\)/);
    expect(of('1')).toMatch(/retry-storm: silent; it fires with exact_calls 3 instead of 4/);
    expect(of('nobody')).toBeUndefined();
  });
});
