import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { goodEvent, type HostileRequest } from './testing/dice.ts';
import { bytesIn, counted, newFolder, rowsIn, startTestDoor } from './testing/door.ts';
import { hostileRequests, TOKEN } from './testing/hostile.ts';

const SEED = 20261125;
const REQUESTS = 5000;
const AT_ONCE = 16;
/** Far above what the door needs, far below what a leak over all of it would take. */
const HEAP_GROWTH_MAX = 64 << 20;
const RSS_GROWTH_MAX = 700 << 20;
const ANSWERS = new Set([200, 202, 400, 413, 415]);

v8.setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

const folder = await newFolder();
const door = await startTestDoor(folder.dir);
afterAll(async () => {
  await door.stop();
  await folder.remove();
});

async function send({ path, headers, body }: HostileRequest): Promise<number> {
  const answer = await fetch(door.url + path, { method: 'POST', headers, body: new Uint8Array(body) });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (answer.headers.get('content-type')?.startsWith('application/json')) JSON.parse(bytes.toString());
  return answer.status;
}

/** Sends all of them, several at a time; returns what was answered otherwise than it should have been. */
async function sendAll(requests: Iterable<HostileRequest>, kept: string[]): Promise<string[]> {
  const wrong: string[] = [];
  const queue = requests[Symbol.iterator]();
  const worker = async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) {
      const request = next.value;
      const status = await send(request);
      const fits = request.good.length === 0 ? ANSWERS.has(status) : status === 200 || status === 202;
      if (!fits) wrong.push(`${status} for ${request.what}: ${request.body.toString('latin1').slice(0, 200)}`);
      kept.push(...request.good);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return wrong;
}

function* first(count: number, of: Iterator<HostileRequest>): Iterable<HostileRequest> {
  for (let i = 0; i < count; i++) yield of.next().value;
}

const MIB = 1 << 20;
const event = (what: string, body: string | Buffer, good: string[] = [], packed = false): HostileRequest => ({
  what,
  path: '/v1/events',
  headers: packed ? { 'content-encoding': 'gzip' } : {},
  body: Buffer.from(body),
  good,
});
const otlp = (what: string, path: string, type: string, body: Buffer): HostileRequest => ({
  what,
  path,
  headers: { 'content-type': type, 'content-encoding': 'gzip' },
  body: gzipSync(body),
  good: [],
});

/** The few that are huge, or would be when unpacked. */
function hugeRequests(): HostileRequest[] {
  // A gigabyte of zeros: members of a gzip follow one another.
  const bomb = Buffer.concat(Array.from({ length: 64 }, () => gzipSync(Buffer.alloc(16 * MIB))));
  const dense = `{"kind":"tool_call","agent_id":"a","tool_name":"t","outcome":"ok","args":[${'{},'.repeat(330_000)}{}]}`;
  const text = 'x'.repeat(10 * MIB);
  // Spans without a byte: field 2 of a scope, again and again.
  const empty = Buffer.alloc(500_000, Buffer.of(0x12, 0));
  const length = (bytes: number) => [(bytes & 127) | 128, ((bytes >> 7) & 127) | 128, bytes >> 14];
  const scope = Buffer.concat([Buffer.of(0x12, ...length(empty.length)), empty]);
  return [
    event('a text of 10 MB', `[${goodEvent('huge-1')},{"kind":"tool_call","args":"${text}"},${goodEvent('huge-2')}]`, [
      'huge-1',
      'huge-2',
    ]),
    event('a line of 10 MB', `${goodEvent('huge-3')}\n"${text}\n${goodEvent('huge-4')}`, ['huge-3', 'huge-4']),
    event('10 MB of brackets', '['.repeat(10 * MIB)),
    event('more than a body may have', ' '.repeat(17 * MIB)),
    event('a bomb', bomb, [], true),
    event('a bomb of brackets', gzipSync('[{"a":'.repeat(2_500_000)), [], true),
    event(
      'dense events',
      gzipSync(`[${Array.from({ length: 4 }, () => dense)},${goodEvent('huge-5')}]`),
      ['huge-5'],
      true,
    ),
    event('too many events', `[${'{},'.repeat(20_001)}{}]`),
    event('many bad events', `[${'{},'.repeat(19_990)}${goodEvent('huge-6')}]`, ['huge-6']),
    otlp('a bomb', '/v1/traces', 'application/x-protobuf', Buffer.alloc(17 * MIB)),
    otlp(
      'empty spans',
      '/v1/traces',
      'application/x-protobuf',
      Buffer.concat([Buffer.of(0x0a, ...length(scope.length)), scope]),
    ),
    otlp('empty objects', '/v1/logs', 'application/json', Buffer.from(`{"resourceLogs":[${'{},'.repeat(600_000)}{}]}`)),
    otlp('deep objects', '/v1/logs', 'application/json', Buffer.from('{"resourceLogs":['.repeat(500_000))),
  ];
}

describe('hostile bodies', () => {
  it(`${REQUESTS} of them bring the door down nowhere, and the good events among them are kept`, async () => {
    const requests = hostileRequests(SEED);
    const kept: string[] = [];
    // What is made once and stays, such as compiled code and pages of the log, is there before the first look.
    const wrong = await sendAll(first(500, requests), kept);
    collect();
    const before = process.memoryUsage();
    wrong.push(...(await sendAll(first(REQUESTS - 500, requests), kept)));
    wrong.push(...(await sendAll(hugeRequests(), kept)));
    collect();
    const after = process.memoryUsage();

    expect(wrong).toEqual([]);
    const ids = new Set((await rowsIn(door.log, 'events')).map(({ event_id }) => event_id));
    expect(kept.length).toBeGreaterThan(REQUESTS / 2);
    expect(kept.filter((id) => !ids.has(id))).toEqual([]);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(HEAP_GROWTH_MAX);
    expect(after.rss - before.rss).toBeLessThan(RSS_GROWTH_MAX);
  });

  it('are counted to the last event, and none of it was an error of ours', async () => {
    const { metrics, log, logged } = door;
    expect(await counted(metrics.eventsAccepted)).toBe((await rowsIn(log, 'events')).length);
    expect(await counted(metrics.eventsRejected)).toBe((await rowsIn(log, 'rejects')).length);
    const errors = logged.filter((line) => JSON.parse(line).level >= 50);
    expect(errors).toEqual([]);
  });

  it('leave no secret on the disk and in the logs', async () => {
    const disk = await bytesIn(folder.dir);
    expect(disk.includes('[redacted:github-token]')).toBe(true);
    expect(disk.includes(TOKEN.slice(0, 16))).toBe(false);
    expect(door.logged.join('')).not.toContain(TOKEN.slice(0, 16));
  });
});
