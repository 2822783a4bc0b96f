import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Installed, install } from './installed.ts';

const CORPUS = fileURLToPath(new URL('../../../shared/corpus', import.meta.url));
if (!existsSync(CORPUS)) console.log('No corpus beside this checkout: its tests are skipped.');

let tripline: Installed;
beforeAll(async () => {
  tripline = await install();
});
afterAll(() => tripline.remove());

interface Summary {
  read: number;
  accepted: number;
  rejected: number;
  ignored: number;
  alerts: number;
  by_detector: Record<string, number>;
  seconds: number;
}
interface Alert {
  detector: string;
  reason: string;
  subject: string;
  event_ids: string[];
  window_from: string;
  window_to: string;
}

async function judge(input: readonly string[], name: string) {
  const out = join(tripline.cwd, `${name}.ndjson`);
  const args = ['up', '--once', '--input', ...input, '--alerts', out, '--json'];
  const { code, stdout, stderr } = await tripline.run(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const alerts = (await readFile(out, 'utf8')).split('\n').filter(Boolean);
  return {
    summary: JSON.parse(stdout.trim().split('\n').at(-1)!) as Summary,
    alerts: alerts.map((line) => JSON.parse(line) as Alert),
  };
}

const start = Date.parse('2026-03-01T10:00:00Z');
const failing = (i: number) => ({
  kind: 'tool_call',
  event_id: `e${i}`,
  time: new Date(start + i * 1000).toISOString(),
  agent_id: 'looping',
  session: 's',
  tool_name: 'get_record',
  args: { id: 7 },
  result: 'no such record',
  outcome: 'error',
});

describe('judging files', () => {
  it('ends with one line of counts, writes every alert, and leaves nothing behind', async () => {
    const path = join(tripline.cwd, 'loop.ndjson.gz');
    const lines = [...Array.from({ length: 30 }, (_, i) => JSON.stringify(failing(i))), '{"kind":"tool_call","torn'];
    await writeFile(path, gzipSync(lines.join('\n')));
    const { summary, alerts } = await judge([path], 'loop');
    expect(summary).toEqual({
      read: 31,
      accepted: 30,
      rejected: 1,
      duplicates: 0,
      ignored: 0,
      alerts: 1,
      by_detector: { 'retry-storm': 1 },
      seconds: expect.any(Number),
    });
    expect(alerts).toMatchObject([
      { detector: 'retry-storm', subject_kind: 'session', subject: 's', agent_id: 'looping' },
    ]);
    expect(await readdir(tripline.temporary)).toEqual([]);
  });

  it('says the same to people', async () => {
    const path = join(tripline.cwd, 'one.ndjson');
    await writeFile(path, JSON.stringify(failing(0)));
    const { code, stdout } = await tripline.run(['up', '--once', '--input', path]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^one\.ndjson: 1 records read\n1 read, 1 accepted, 0 known already, 0 rejected, 0 not about agents, in \d+\.\d s\n0 alerts\n$/,
    );
  });
});

describe.skipIf(!existsSync(CORPUS))('judging the public CloudTrail records', () => {
  it('accepts all but one, finds the one stolen session six seconds after its owner, and no other replay', async () => {
    const { summary, alerts } = await judge([join(CORPUS, 'cloudtrail.jsonl.gz')], 'cloudtrail');
    // The one: a sign-in page that asks about a user whom it does not name.
    expect(summary).toMatchObject({ read: 3208, accepted: 3207, rejected: 0, ignored: 1, alerts: alerts.length });
    const replays = alerts.filter(({ detector }) => detector === 'token-replay');
    expect(summary.by_detector['token-replay']).toBe(1);
    expect(replays).toMatchObject([
      {
        reason: 'two_contexts',
        subject: expect.stringMatching(/^aws-session:arn:aws:sts::\d+:assumed-role\/\S*steal-credentials-role\/i-/),
        window_from: '2023-07-10T11:57:16.000Z',
        window_to: '2023-07-10T11:57:22.000Z',
      },
    ]);
    // Two keys of S3's console, seen from two addresses because a hop inside AWS stands in between: harmless.
    for (const key of ['AKIAFAKE592AD76DE470', 'ASIAFAKE40FD6D5F7E88'])
      expect(alerts.filter(({ subject }) => subject.includes(key))).toEqual([]);
  });
});
