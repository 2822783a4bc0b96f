import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasCode } from '../../errors.ts';
import { readEvents } from './index.ts';
import { createLineSplitter, createValueSplitter } from './split.ts';
import { eventsOf, ndjson, readText } from './testing.ts';

const event = (id: string, second: number) => ({
  event_id: id,
  time: `2026-03-01T10:00:${String(second).padStart(2, '0')}.000Z`,
  kind: 'token_use',
  outcome: 'ok',
});
const idsOf = async (...input: Parameters<typeof readText>) =>
  eventsOf(await readText(...input)).map((e) => e.event_id);

describe('a file of events', () => {
  const three = [event('a', 1), event('b', 2), event('c', 3)];

  it.each([
    ['one a line', ndjson(...three)],
    ['one a line without a last newline', ndjson(...three).trimEnd()],
    [
      'with Windows line ends, empty lines and a byte order mark',
      `\uFEFF\r\n${ndjson(...three).replaceAll('\n', '\r\n\r\n')}`,
    ],
    ['as an array', JSON.stringify(three)],
    ['as a printed array', JSON.stringify(three, null, 2)],
    ['as printed objects', three.map((each) => JSON.stringify(each, null, 2)).join('\n')],
  ])('is read %s', async (_, text) => {
    expect(await idsOf(text)).toEqual(['a', 'b', 'c']);
    expect(await idsOf(text, { gzip: true, name: 'no-gz-in-its-name.json' })).toEqual(['a', 'b', 'c']);
  });

  it('may be empty', async () => {
    expect(await readText('')).toEqual([]);
    expect(await readText('[ ]\n')).toEqual([]);
  });

  it('is read through a gzip of several members', async () => {
    const parts = Buffer.concat(three.map((each) => gzipSync(ndjson(each))));
    expect(await idsOf(parts)).toEqual(['a', 'b', 'c']);
  });

  it('names events without an id by their place, so that a second replay changes nothing', async () => {
    const { event_id: _, ...nameless } = event('', 1);
    expect(await idsOf(ndjson(event('a', 0), nameless), { name: 'day.ndjson' })).toEqual([
      'a',
      expect.stringMatching(/^day.ndjson:1:[0-9a-f]{16}$/),
    ]);
  });

  it('loses a damaged line and no other', async () => {
    const read = await readText(`${ndjson(event('a', 1))}{"kind": "tok\n${ndjson(event('c', 3))}17\n`);
    expect(read).toMatchObject([
      { ok: true },
      { ok: false, field: 'line 2', expected: 'JSON', got: '{"kind": "tok' },
      { ok: true },
      { ok: false, field: 'line 4', expected: 'an object', got: '17' },
    ]);
  });

  it('comes in order of event time', async () => {
    const mixed = ndjson(event('c', 3), event('a', 1), event('b', 2));
    expect(await idsOf(mixed)).toEqual(['a', 'b', 'c']);
    expect(await idsOf(mixed, { reorder_events_max: 0 })).toEqual(['c', 'a', 'b']);
  });

  it('larger than the events held back is ordered as far as they reach, and complete', async () => {
    const shuffled = [5, 3, 4, 1, 9, 8, 7, 6].map((second) => event(String(second), second));
    const read = await idsOf(ndjson(...shuffled), { reorder_events_max: 4 });
    expect(read).toEqual(['1', '3', '4', '5', '6', '7', '8', '9']);
  });
});

describe('a file that cannot be read', () => {
  const failure = async (reading: Promise<unknown>) => {
    const error = await reading.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(hasCode(error, 'TRIPLINE_INPUT_UNREADABLE')).toBe(true);
    return (error as Error).message;
  };
  const readAll = async (path: string) => {
    for await (const _ of readEvents(path));
  };

  it('is named with the line and the reason', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'tripline-files-'));
    const missing = join(dir, 'none.json');
    expect(await failure(readAll(missing))).toBe(`${missing}, line 1: there is no such file`);
    expect(await failure(readAll(dir))).toBe(`${dir}, line 1: it is a folder`);
    await rm(dir, { recursive: true });
  });

  it('may be of no known format', async () => {
    expect(await failure(readText('time,agent\n1,2\n'))).toMatch(/input\.ndjson, line 1: it is not JSON$/);
    expect(await failure(readText('[1, 2, 3]'))).toMatch(
      /line 1: it has none of the known formats \(OTLP JSON, .*but /,
    );
    expect(await failure(readText('\n{"foo": 1, "bar": 2}\n'))).toMatch(/line 2: .*but an object with foo, bar$/);
    expect(await failure(readText('[{"kind": "token_use", '))).toMatch(/line 1: it is not JSON$/);
  });

  it('may be a gzip that ends too early, which is said where it ends', async () => {
    const events = Array.from({ length: 5000 }, (_, index) => ({
      ...event(`e${index}`, index % 60),
      extra: Math.random(),
    }));
    const whole = gzipSync(ndjson(...events));
    const message = await failure(readText(whole.subarray(0, whole.length >> 1)));
    expect(message).toMatch(/line [1-9]\d{2,}: the gzip data end too early$/);
  });
});

describe('splitting', () => {
  const object = fc.dictionary(
    fc.string(),
    fc.oneof(fc.string(), fc.integer(), fc.dictionary(fc.string(), fc.string())),
  );
  const pieces = (text: string, sizes: number[]) => {
    const cut: string[] = [];
    let at = 0;
    for (let turn = 0; at < text.length; turn += 1) {
      const size = sizes[turn % sizes.length]!;
      cut.push(text.slice(at, at + size));
      at += size;
    }
    return cut;
  };

  it('finds the same objects wherever the text is cut into pieces', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(object, { minLength: 1 }), sizes, fc.boolean(), (objects, steps, asLines) => {
        const splitter = asLines ? createLineSplitter() : createValueSplitter();
        const text = asLines ? ndjson(...objects) : JSON.stringify(objects, null, 1);
        const records = pieces(text, steps).flatMap((piece) => [...splitter.push(piece)]);
        records.push(...splitter.end());
        expect(records.map((record) => JSON.parse(record.text))).toEqual(JSON.parse(JSON.stringify(objects)));
      }),
    );
  });

  it('counts lines', () => {
    const splitter = createValueSplitter();
    const records = [...splitter.push('[\n{"a":\n"{\\"}"},\n\n{}]')];
    expect(records).toEqual([
      { text: '{"a":\n"{\\"}"}', line: 2 },
      { text: '{}', line: 5 },
    ]);
  });
});
