import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  event,
  failure,
  fakeClock,
  fileOf,
  folder,
  ids,
  numbered,
  openTestDoor,
  play,
} from '../../../test/cli/door.ts';

describe('a replay', () => {
  it('delivers every event once, in order of event time, and a second time changes nothing', async () => {
    const door = await openTestDoor();
    const file = await fileOf(numbered(20).reverse());
    const counts = { read: 20, rejected: 0, ignored: 0, skipped: 0, reasons: [], seconds: 0 };
    expect(await play([file], door.to)).toEqual({ ...counts, accepted: 20, duplicates: 0 });
    expect(await door.ids()).toEqual(ids(20));
    expect(await play([file], door.to)).toEqual({ ...counts, accepted: 0, duplicates: 20 });
    expect(await door.arrived()).toHaveLength(20);
  });

  it('merges several files, plain or gzip, each a feed of its own', async () => {
    const door = await openTestDoor();
    const odd = [event('a0', 0), event('a2', 20), event('a4', 40)];
    const even = [event('b1', 10), event('b3', 30), event('b5', 50)];
    const files = [await fileOf(odd, 'a.ndjson'), await fileOf(even, 'b.ndjson.gz')];
    expect(await play(files, door.to)).toMatchObject({ read: 6, accepted: 6 });
    const [a, b] = ['local/a.ndjson', 'local/b.ndjson.gz'];
    expect((await door.arrived()).map(({ id, producer }) => [id, producer])).toEqual([
      ['a0', a],
      ['b1', b],
      ['a2', a],
      ['b3', b],
      ['a4', a],
      ['b5', b],
    ]);
  });

  it('sends what lies within seconds in one request for each feed', async () => {
    const door = await openTestDoor();
    const files = [
      await fileOf([event('a0', 0), event('a2', 2)], 'a.ndjson'),
      await fileOf([event('b1', 1), event('b3', 3)], 'b.ndjson'),
    ];
    await play(files, door.to, { batch_events_max: 100 });
    expect(await door.ids()).toEqual(['a0', 'a2', 'b1', 'b3']);
  });

  it('names a feed so that the door takes it, and keeps two apart', async () => {
    const door = await openTestDoor();
    const files = [await fileOf([event('a', 0)], 'Größe 1.ndjson'), await fileOf([event('b', 60)], 'GröSSe 1.ndjson')];
    expect(await play(files, door.to)).toMatchObject({ accepted: 2, rejected: 0 });
    const producers = (await door.arrived()).map(({ producer }) => producer);
    expect(producers[0]).toMatch(/^local\/gr-e-1\.ndjson-[0-9a-f]{8}$/);
    expect(new Set(producers).size).toBe(2);
  });

  it("takes tomorrow's file of the same name for another one", async () => {
    const door = await openTestDoor();
    const nameless = (second: number) => ({ ...event('', second), event_id: undefined });
    expect(await play([await fileOf([nameless(0)])], door.to)).toMatchObject({ accepted: 1 });
    expect(await play([await fileOf([nameless(86_400)])], door.to)).toMatchObject({ accepted: 1, duplicates: 0 });
  });

  it('reports what is refused, with file and line, and does not try it again', async () => {
    const door = await openTestDoor();
    const broken = '{"kind":"tool_call","event';
    const file = await fileOf([event('good', 0), broken, { ...event('bad', 1), outcome: 'splendid' }]);
    const result = await play([file], door.to);
    expect(result).toMatchObject({ read: 3, accepted: 1, rejected: 2 });
    expect(result.reasons).toEqual([
      { file, line: 2, field: 'line 2', expected: 'JSON', got: broken },
      { file, line: 3, field: 'outcome', expected: 'one of ok, error, denied, pending', got: 'splendid' },
    ]);
    expect(await door.refused()).toBe(1);
  });

  it('counts refusals that the door does not list', async () => {
    const door = await openTestDoor({ ingest: { rejected_listed_max: 1 } });
    const bad = numbered(3).map((one) => ({ ...one, outcome: 'splendid' }));
    const result = await play([await fileOf(bad)], door.to);
    expect(result).toMatchObject({ read: 3, accepted: 0, rejected: 3 });
    expect(result.reasons).toHaveLength(1);
  });

  it('halves a batch that is too large', async () => {
    const door = await openTestDoor({ ingest: { request_events_max: 2 } });
    expect(await play([await fileOf(numbered(7))], door.to, { batch_events_max: 7 })).toMatchObject({ accepted: 7 });
    expect(await door.ids()).toEqual(ids(7));
  });
});

describe('the speed of a replay', () => {
  const recorded = [event('e0', 0), event('e1', 0.005), event('e2', 10), event('e3', 40)];

  it.each<[number | 'max', number[]]>([
    [1, [10_000, 30_000]],
    [10, [1000, 3000]],
    [0.5, [20_000, 60_000]],
    ['max', []],
  ])('%s keeps the proportions', async (speed, slept) => {
    const door = await openTestDoor();
    const clock = fakeClock();
    expect(await play([await fileOf(recorded)], door.to, { clock, speed })).toMatchObject({ accepted: 4 });
    expect(clock.slept).toEqual(slept);
    expect(await door.ids()).toEqual(['e0', 'e1', 'e2', 'e3']);
  });
});

describe('a replay that is interrupted', () => {
  it('ends what is under way, says where it stopped, and goes on from there', async () => {
    const door = await openTestDoor();
    const file = await fileOf(numbered(30));
    const stop = new AbortController();
    const first = await play([file], door.to, { signal: stop.signal, onProgress: () => stop.abort() });
    expect(first.stopped_after).toBeLessThan(30);
    expect(await door.ids()).toEqual(ids(first.stopped_after!));
    const rest = await play([file], door.to, { skip: first.stopped_after });
    expect(rest).toMatchObject({ accepted: 30 - first.stopped_after!, duplicates: 0 });
    expect(rest).not.toHaveProperty('stopped_after');
    expect(await door.ids()).toEqual(ids(30));
  });

  it('also ends while it waits for the next event', async () => {
    const door = await openTestDoor();
    const stop = new AbortController();
    const clock = fakeClock(() => {
      stop.abort();
      return Promise.reject(stop.signal.reason);
    });
    const file = await fileOf([event('e0', 0), event('e1', 3600)]);
    expect(await play([file], door.to, { clock, speed: 1, signal: stop.signal })).toMatchObject({ stopped_after: 1 });
    expect(await door.arrived()).toHaveLength(1);
  });
});

describe('a file that cannot be read', () => {
  it('ends the replay before anything is sent, in one sentence', async () => {
    const door = await openTestDoor();
    const good = await fileOf(numbered(3));
    const gone = join(await folder(), 'gone.jsonl');
    const torn = join(await folder(), 'torn.gz');
    await writeFile(torn, gzipSync(JSON.stringify(numbered(500))).subarray(0, 60));
    expect(await failure(play([good, gone], door.to))).toBe(
      `TRIPLINE_INPUT_UNREADABLE: ${gone}, line 1: there is no such file`,
    );
    expect(await failure(play([good, torn], door.to))).toBe(
      `TRIPLINE_INPUT_UNREADABLE: ${torn}, line 1: the gzip data end too early`,
    );
    expect(await failure(play([await fileOf(['What is this?'])], door.to))).toMatch(/line 1: it is not JSON$/);
    expect(await door.arrived()).toEqual([]);
  });

  it('is told from an address or a name that cannot be', async () => {
    const file = await fileOf(numbered(1));
    for (const to of ['127.0.0.1:4318', 'localhost:4318', 'ftp://door', ''])
      expect(await failure(play([file], to))).toMatch(/^TRIPLINE_CONFIG_INVALID: The door has an address such as/);
    expect(await failure(play([file], 'http://127.0.0.1:1', { source: 'Größe' }))).toMatch(
      /^TRIPLINE_CONFIG_INVALID: /,
    );
  });
});
