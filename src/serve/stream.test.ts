import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ALERT } from '../alert/alert.ts';
import { followLive, type Live } from '../live/live.ts';
import { openLmdbLog } from '../log/lmdb/lmdb-log.ts';
import type { Log } from '../log/log.ts';
import { ORDER } from '../order/order.ts';
import { migrate, openChdbStore, type Store } from '../store/index.ts';
import { type Api, alert, frameOf, iso, order, startApi, T } from './testing/api.ts';

const dir = mkdtempSync(join(tmpdir(), 'tripline-stream-'));
const STREAMS_MAX = 3;
let log: Log;
let store: Store;
let live: Live;
let api: Api;
const open = new Set<AbortController>();

beforeAll(async () => {
  log = await openLmdbLog({ dir: join(dir, 'log') });
  store = await openChdbStore({ dir: join(dir, 'store') });
  await migrate(store);
});
beforeEach(async () => {
  live = await followLive(log, 'live');
  api = await startApi({ store, live, config: { streams_max: STREAMS_MAX, stream_buffer_bytes_max: 64 * 1024 } });
});
afterEach(async () => {
  for (const abort of open) abort.abort();
  open.clear();
  await api.close();
  await live.close();
});
afterAll(async () => {
  await log.close();
  await store.close();
  rmSync(dir, { recursive: true });
});

const add = (...ids: string[]) =>
  log.write({
    append: [
      {
        topic: 'alerts',
        partition: 0,
        frame: frameOf(
          ALERT,
          ids.map((id, i) => alert(id, T + i)),
        ),
      },
    ],
  });
const addOrder = (id: string, row: object = {}) =>
  log.write({ append: [{ topic: 'revocations', partition: 0, frame: frameOf(ORDER, [order(id, 0, T, row)]) }] });

interface Message {
  id?: string;
  event: string;
  data: Record<string, unknown>;
}

/** Reads a stream as the standard says, message by message; undefined at its end. */
async function follow(path = '/api/stream', headers: Record<string, string> = {}) {
  const abort = new AbortController();
  open.add(abort);
  const answer = await fetch(api.url + path, { signal: abort.signal, headers });
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const block = async (): Promise<string | undefined> => {
    while (!text.includes('\n\n')) {
      const { done, value } = await reader.read();
      if (done) return undefined;
      text += value;
    }
    const at = text.indexOf('\n\n');
    const found = text.slice(0, at);
    text = text.slice(at + 2);
    return found;
  };
  const next = async (): Promise<Message | undefined> => {
    let found = await block();
    while (found?.startsWith(':')) found = await block();
    if (found === undefined) return undefined;
    const fields = new Map(
      found.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    );
    const { id, event = '', data = '' } = Object.fromEntries(fields);
    return { ...(id === undefined ? {} : { id }), event, data: JSON.parse(data) as Record<string, unknown> };
  };
  return { answer, next, close: () => abort.abort() };
}

const openStreams = async () => (await api.metrics.streams.get()).values[0]?.value;
const dropped = async (reason: string) =>
  (await api.metrics.streamsDropped.get()).values.find(({ labels }) => labels.reason === reason)?.value ?? 0;

describe('/api/stream', () => {
  it('brings an alert and a revocation as they happen, as the lists show them', async () => {
    const stream = await follow();
    expect(stream.answer.headers.get('content-type')).toBe('text/event-stream');
    await add('a1');
    expect(await stream.next()).toMatchObject({ event: 'alert', data: { alert_id: 'a1', time: iso(T), evidence: {} } });
    await addOrder('o1', { state: 'confirmed', why: 'line\nbreak\r\n\r\nevent: alert\n\ndata: {}' });
    const message = await stream.next();
    expect(message).toMatchObject({ event: 'revocation', data: { order_id: 'o1', state: 'confirmed' } });
    expect(message?.data.why).toBe('line\nbreak\r\n\r\nevent: alert\n\ndata: {}');
  });

  it('brings every reader everything', async () => {
    const streams = [await follow(), await follow()];
    await add('a1', 'a2');
    for (const { next } of streams)
      expect([(await next())?.data.alert_id, (await next())?.data.alert_id]).toEqual(['a1', 'a2']);
  });

  it('goes on where a reader left off that comes back', async () => {
    const first = await follow();
    await add('a1');
    const message = await first.next();
    first.close();
    await add('a2', 'a3');
    await live.drained();
    const second = await follow('/api/stream', { 'last-event-id': message?.id ?? '' });
    expect((await second.next())?.data.alert_id).toBe('a2');
    expect((await second.next())?.data.alert_id).toBe('a3');
    await add('a4');
    expect((await second.next())?.data.alert_id).toBe('a4');
  });

  it.each(['of another process', '"\'; DROP', 'x'.repeat(4000)])(
    'tells a reader to start anew when it does not know the id %j',
    async (id) => {
      const stream = await follow('/api/stream', { 'last-event-id': id });
      expect(await stream.next()).toEqual({ event: 'reset', data: {} });
      await add('a1');
      expect((await stream.next())?.data.alert_id).toBe('a1');
    },
  );

  it('begins with the latest that was asked for: the lists may not have them yet', async () => {
    await add('a1', 'a2', 'a3');
    await live.drained();
    const stream = await follow('/api/stream?recent=2');
    expect((await stream.next())?.data.alert_id).toBe('a2');
    expect((await stream.next())?.data.alert_id).toBe('a3');
    const { status, body } = await api.get('/api/stream?recent=all');
    expect([status, body]).toMatchObject([400, { field: 'recent', value: 'all', expected: 'a whole number' }]);
  });

  it('refuses one stream more than there may be, and takes it when another one ended', async () => {
    const streams = await Promise.all(Array.from({ length: STREAMS_MAX }, () => follow()));
    expect(await openStreams()).toBe(STREAMS_MAX);
    const { status, body, headers } = await api.get('/api/stream');
    expect([status, body.error, headers.get('retry-after')]).toEqual([429, 'too_many_streams', '5']);
    expect(await dropped('too_many')).toBe(1);
    streams[0]?.close();
    await vi.waitFor(async () => expect(await openStreams()).toBe(STREAMS_MAX - 1));
    expect((await follow()).answer.status).toBe(200);
  });

  it('lets a reader go that does not read, counts it, and keeps the others', async () => {
    const { port, hostname } = new URL(api.url);
    const slow = connect(Number(port), hostname);
    slow.on('error', () => {});
    slow.write(`GET /api/stream HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
    slow.pause();
    await vi.waitFor(async () => expect(await openStreams()).toBe(1));
    const quick = await follow();
    const summary = 'x'.repeat(4000);
    let sent = 0;
    let read = 0;
    // The system takes megabytes before it says that nobody reads.
    while ((await dropped('slow')) === 0) {
      expect(sent).toBeLessThan(100_000);
      const rows = Array.from({ length: 100 }, () => alert(`a${sent++}`, T, { summary }));
      const append = rows.map((row) => ({ topic: 'alerts' as const, partition: 0, frame: frameOf(ALERT, [row]) }));
      for (let i = 0; i < append.length; i += 5) {
        await log.write({ append: append.slice(i, i + 5) });
        for (let k = 0; k < 5; k++) expect((await quick.next())?.data.alert_id).toBe(`a${read++}`);
      }
    }
    expect(await dropped('slow')).toBe(1);
    await vi.waitFor(async () => expect(await openStreams()).toBe(1));
    await add('after');
    expect((await quick.next())?.data.alert_id).toBe('after');
    slow.destroy();
  });

  it('ends when the server is closed', async () => {
    const streams = [await follow(), await follow('/api/stream?recent=5')];
    await add('a1');
    for (const { next } of streams) await next();
    await api.close();
    for (const { next } of streams) expect(await next()).toBeUndefined();
    await add('nobody reads this');
    await live.drained();
  });
});
