import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Installed, install } from './installed.ts';

let tripline: Installed;
let server: Awaited<ReturnType<Installed['start']>>;
beforeAll(async () => {
  tripline = await install();
  server = await tripline.start(['--data-dir', join(tripline.cwd, 'data')]);
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
  await tripline.remove();
});

const event = (id: string, hour: number) =>
  JSON.stringify({
    kind: 'tool_call',
    event_id: id,
    time: `2026-03-01T${String(hour).padStart(2, '0')}:00:00Z`,
    agent_id: 'a',
    tool_name: 'read',
    outcome: 'ok',
  });

async function fileOf(name: string, ...lines: string[]): Promise<string> {
  const path = join(tripline.cwd, name);
  await writeFile(path, lines.join('\n'));
  return path;
}

async function accepted(): Promise<number> {
  const text = await (await fetch(`${server.api}/metrics`)).text();
  return Number(/^tripline_events_accepted_total\{door="events"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

describe('tripline replay', () => {
  it('says what became of the records, and shows what was rejected', async () => {
    const path = await fileOf('some.ndjson', event('some-1', 1), '{"torn', event('some-2', 2));
    const { code, stdout, stderr } = await tripline.run(['replay', path, '--to', server.ingest]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [reason, counts] = stdout.split('\n');
    expect(reason).toBe(`${path}:2: line 2: expected JSON, got {"torn`);
    expect(counts).toMatch(/^3 read, 2 accepted, 0 known already, 1 rejected, 0 not about agents, \d+\.\d s$/);
  });

  it('ends with 1 when nothing was taken', async () => {
    const path = await fileOf('bad.ndjson', event('bad', 1).replace('"ok"', '"splendid"'));
    const { code, stdout } = await tripline.run(['replay', path, '--to', server.ingest, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ read: 1, accepted: 0, rejected: 1 });
  });

  it('gives up with one sentence when the door does not answer', async () => {
    const path = await fileOf('alone.ndjson', event('alone', 1));
    const { code, stdout, stderr } = await tripline.run([
      'replay',
      path,
      '--to',
      'http://127.0.0.1:1',
      '--retry-s',
      '0',
    ]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^http:\/\/127\.0\.0\.1:1 took nothing for 0 s: .+\n$/);
  });

  it('is interrupted by Ctrl-C, says where it stopped, and goes on from there', async () => {
    const path = await fileOf('hours.ndjson', event('hour-1', 1), event('hour-2', 2), event('hour-3', 3));
    const before = await accepted();
    const first = tripline.begin(['replay', path, '--to', server.ingest, '--speed', '1', '--json']);
    while ((await accepted()) === before) await delay(20);
    first.interrupt();
    const { code, stdout } = await first.outcome;
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 1, stopped_after: 1 });
    const rest = await tripline.run(['replay', path, '--to', server.ingest, '--skip', '1', '--json']);
    expect(JSON.parse(rest.stdout)).toMatchObject({ read: 2, accepted: 2, duplicates: 0, skipped: 1 });
    expect(await accepted()).toBe(before + 3);
  });
});
