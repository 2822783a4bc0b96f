import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { counted, holdWrites, newFolder, post, rowsIn, startTestDoor, type TestDoor } from './testing/door.ts';

const folder = await newFolder();
const door = await startTestDoor(folder.dir, { config: { body_bytes_max: 20_000, request_events_max: 50 } });
afterAll(async () => {
  await door.stop();
  await folder.remove();
});

const call = (event_id: string, more: object = {}) => ({
  kind: 'tool_call',
  event_id,
  agent_id: 'a1',
  tool_name: 'read_invoice',
  outcome: 'ok',
  ...more,
});
const json = (value: unknown) => JSON.stringify(value);
const send = (body: string | Buffer, headers: Record<string, string> = {}, to: TestDoor = door) =>
  post(`${to.url}/v1/events`, body, { 'content-type': 'application/json', ...headers });
/** Ids in the log that begin with `prefix`, sorted. */
const kept = async (prefix: string, from: TestDoor = door) =>
  (await rowsIn(from.log, 'events'))
    .map((row) => String(row.event_id))
    .filter((id) => id.startsWith(prefix))
    .sort();
const all = (accepted: number) => ({ accepted, duplicates: 0, rejected: [] });

describe('POST /v1/events takes', () => {
  it('one event, and keeps it as a row with who told us and when', async () => {
    const before = Date.now();
    const answer = await send(json(call('one-1', { time: '2026-11-25T10:00:00.250Z', session: 's' })));
    expect(answer).toMatchObject({ status: 202, body: all(1) });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const row = (await rowsIn(door.log, 'events')).find(({ event_id }) => event_id === 'one-1')!;
    const expected = { ...call('one-1'), session: 's', tool_class: 'read', producer: 'local', tenant: 'default' };
    expect(row).toMatchObject(expected);
    expect(row.received).toBeGreaterThanOrEqual(before);
    expect(row.received).toBeLessThanOrEqual(Date.now());
  });

  it.each<[string, string, string | Buffer, Record<string, string>]>([
    ['an array', 'arr', json([call('arr-1'), call('arr-2')]), {}],
    ['an array in UTF-8 with its mark', 'bom', `\ufeff${json([call('bom-1'), call('bom-2')])}`, {}],
    ['a line each', 'line', `${json(call('line-1'))}\n\n${json(call('line-2'))}\r\n`, {}],
    [
      'a line each by type',
      'nd',
      `${json(call('nd-1'))}\n${json(call('nd-2'))}`,
      { 'content-type': 'application/x-ndjson' },
    ],
    ['gzip', 'zip', gzipSync(json([call('zip-1'), call('zip-2')])), { 'content-encoding': 'gzip' }],
    [
      'gzip by its other names',
      'xzip',
      gzipSync(json([call('xzip-1'), call('xzip-2')])),
      { 'content-encoding': 'X-GZIP' },
    ],
    ['what is said to be as it is', 'id', json([call('id-1'), call('id-2')]), { 'content-encoding': 'Identity' }],
    [
      'gzip in two members',
      'two',
      Buffer.concat([`[${json(call('two-1'))},`, `${json(call('two-2'))}]`].map((half) => gzipSync(half))),
      { 'content-encoding': 'gzip' },
    ],
    [
      'what curl calls a form',
      'curl',
      json([call('curl-1'), call('curl-2')]),
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
    [
      'a type with parameters',
      'par',
      json([call('par-1'), call('par-2')]),
      { 'content-type': 'Application/JSON; charset=utf-8' },
    ],
  ])('%s', async (_form, name, body, headers) => {
    expect(await send(body, headers)).toMatchObject({ status: 202, body: all(2) });
    expect(await kept(`${name}-`)).toEqual([`${name}-1`, `${name}-2`]);
  });

  it('an empty array, which says nothing', async () => {
    expect(await send(' [ ] ')).toMatchObject({ status: 202, body: all(0) });
  });

  it('the good ones and names what was wrong with the others, which are recorded', async () => {
    const body = `[${json(call('mix-1'))},${json(call('mix-2', { outcome: 'fine' }))},{"a":tru},${json(call('mix-3'))},${json(call('mix-4', { colour: 'red' }))},7]`;
    const { status, body: answer } = await send(body);
    expect(status).toBe(202);
    expect(answer).toEqual({
      accepted: 2,
      duplicates: 0,
      rejected: [
        { index: 1, field: 'outcome', expected: 'one of ok, error, denied, pending', got: 'fine' },
        { index: 2, field: '', expected: 'JSON', got: '{"a":tru}' },
        { index: 4, field: 'colour', expected: 'no field of this name', got: 'red' },
        { index: 5, field: '', expected: 'an object', got: '7' },
      ],
    });
    expect(await kept('mix-')).toEqual(['mix-1', 'mix-3']);
    const rejects = (await rowsIn(door.log, 'rejects')).filter(({ body: start }) => String(start).includes('mix-'));
    expect(rejects).toMatchObject([
      { producer: 'local', door: 'events', index: 1, field: 'outcome', got: 'fine' },
      { producer: 'local', door: 'events', index: 4, field: 'colour', got: 'red' },
    ]);
  });

  it('a repeat as a repeat, in one request and over several', async () => {
    const twice = json([call('rep-1'), call('rep-1', { session: 'other' }), call('rep-2')]);
    expect((await send(twice)).body).toEqual({ accepted: 2, duplicates: 1, rejected: [] });
    expect((await send(twice)).body).toEqual({ accepted: 0, duplicates: 3, rejected: [] });
    const source = { 'tripline-source': 'other-feed' };
    expect((await send(json(call('rep-1')), source)).body).toEqual(all(1));
    expect(await kept('rep-')).toEqual(['rep-1', 'rep-1', 'rep-2']);
  });

  it('nobody else as the producer, and no other time of receipt', async () => {
    const forged = [
      call('forge-1', { producer: 'gateway' }),
      call('forge-2', { received: '2020-01-01T00:00:00Z' }),
      json(call('forge-3')).replace('{', '{"__proto__":{"producer":"gateway"},'),
    ].map((event) => (typeof event === 'string' ? event : json(event)));
    const { body } = await send(`[${forged}]`);
    expect(body).toMatchObject({
      accepted: 0,
      rejected: [{ field: 'producer' }, { field: 'received' }, { field: '__proto__' }],
    });
    expect(await kept('forge-')).toEqual([]);
  });
});

describe('POST /v1/events refuses', () => {
  const unreadable = { error: 'TRIPLINE_INPUT_UNREADABLE' };
  it.each<[string, string | Buffer, Record<string, string>]>([
    ['nothing', '', {}],
    ['white space', ' \n ', {}],
    ['what is not JSON', 'hello', {}],
    ['half an event', json(call('half-1')).slice(0, -5), {}],
    ['what is not gzip', json(call('half-2')), { 'content-encoding': 'gzip' }],
    ['half a gzip', gzipSync(json(call('half-3'))).subarray(0, 40), { 'content-encoding': 'gzip' }],
    ['a wrong name of a source', json(call('half-4')), { 'tripline-source': 'A B' }],
  ])('%s with 400', async (_what, body, headers) => {
    expect(await send(body, headers)).toMatchObject({ status: 400, body: unreadable });
    expect(await kept('half-')).toEqual([]);
  });

  it('other types and encodings with 415', async () => {
    const unsupported = { status: 415, body: { error: 'TRIPLINE_INPUT_UNSUPPORTED' } };
    for (const type of ['application/xml', 'multipart/form-data; boundary=x', 'application/x-protobuf'])
      expect(await send(json(call('type-1')), { 'content-type': type })).toMatchObject(unsupported);
    for (const encoding of ['br', 'deflate', 'gzip, gzip', 'zstd'])
      expect(await send(json(call('type-2')), { 'content-encoding': encoding })).toMatchObject(unsupported);
    expect(await kept('type-')).toEqual([]);
  });

  it('what is too large with 413, packed or not, and counts it', async () => {
    const before = await counted(door.metrics.requestsShed, { limit: 'size' });
    const large = { status: 413, body: { error: 'TRIPLINE_INPUT_TOO_LARGE' } };
    const text = json(call('large-1', { args: 'x'.repeat(20_000) }));
    expect(await send(text)).toMatchObject(large);
    expect(await send(gzipSync(text), { 'content-encoding': 'gzip' })).toMatchObject(large);
    expect(await send(`[${Array.from({ length: 51 }, (_, i) => json(call(`large-${i}`)))}]`)).toMatchObject(large);
    expect(await kept('large-')).toEqual([]);
    expect((await counted(door.metrics.requestsShed, { limit: 'size' })) - before).toBe(3);
  });

  it('other paths and methods with 404', async () => {
    expect(await post(`${door.url}/v1/event`, '{}')).toMatchObject({ status: 404, body: { error: 'not_found' } });
    expect((await fetch(`${door.url}/v1/events`)).status).toBe(404);
  });
});

describe('POST /v1/events answers', () => {
  it('when the log has it and not before, and says 429 while too much waits', async () => {
    const other = await newFolder();
    const held = holdWrites();
    const slow = await startTestDoor(other.dir, {
      config: { waiting_events_max: 2, retry_after_s: 7 },
      wrap: held.wrap,
    });
    try {
      let answered = false;
      const first = send(json([call('slow-1'), call('slow-2')]), {}, slow).finally(() => {
        answered = true;
      });
      await held.arrived();
      const refused = await send(json(call('slow-3')), {}, slow);
      expect(refused).toMatchObject({ status: 429, body: { error: 'TRIPLINE_OVERLOADED' } });
      expect(refused.headers.get('retry-after')).toBe('7');
      expect(await counted(slow.metrics.requestsShed, { limit: 'waiting' })).toBe(1);
      expect({ answered, kept: await kept('slow-', slow) }).toEqual({ answered: false, kept: [] });
      held.release();
      expect(await first).toMatchObject({ status: 202, body: all(2) });
      expect(await kept('slow-', slow)).toEqual(['slow-1', 'slow-2']);
      expect(await send(json(call('slow-3')), {}, slow)).toMatchObject({ status: 202, body: all(1) });
    } finally {
      held.release();
      await slow.stop();
      await other.remove();
    }
  });

  it('that it knows an event from before the door was closed', async () => {
    const other = await newFolder();
    try {
      const first = await startTestDoor(other.dir);
      expect((await send(json(call('old-1')), {}, first)).body).toEqual(all(1));
      await first.stop();
      const second = await startTestDoor(other.dir);
      const again = await send(json([call('old-1'), call('new-1')]), {}, second);
      expect(again.body).toEqual({ accepted: 1, duplicates: 1, rejected: [] });
      expect(await kept('', second)).toEqual(['new-1', 'old-1']);
      await second.stop();
    } finally {
      await other.remove();
    }
  });
});
