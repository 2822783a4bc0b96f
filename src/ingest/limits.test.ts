import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { IngestConfig } from './config.ts';
import { bytesIn, counted, hungUp, newFolder, post, rowsIn, startTestDoor } from './testing/door.ts';

const folder = await newFolder();
const door = await startTestDoor(folder.dir, {
  config: {
    body_bytes_max: 4000,
    bodies_bytes_max: 8000,
    event_bytes_max: 1000,
    rejected_listed_max: 3,
    sources_max: 2,
    json_tokens_max: 50,
    skew_max_ms: 60_000,
  },
});
afterAll(async () => {
  await door.stop();
  await folder.remove();
});

const { metrics } = door;
const call = (event_id: string, more: object = {}) => ({
  kind: 'tool_call',
  event_id,
  agent_id: 'a',
  tool_name: 'read',
  outcome: 'ok',
  ...more,
});
const send = (body: unknown, headers: Record<string, string> = {}, path = '/v1/events') =>
  post(door.url + path, typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body), {
    'content-type': 'application/json',
    ...headers,
  });
const rowOf = async (id: string) => (await rowsIn(door.log, 'events')).find(({ event_id }) => event_id === id);

/** How much a series grew meanwhile. */
async function growth(
  counter: Parameters<typeof counted>[0],
  labels: Record<string, string>,
  run: () => Promise<unknown>,
) {
  const before = await counted(counter, labels);
  await run();
  return (await counted(counter, labels)) - before;
}

/** Opens a request and sends part of its body. */
async function begin(body: string, sent: number): Promise<Socket> {
  const { hostname, port } = new URL(door.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    `POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\nconnection: close\r\nexpect: 100-continue\r\n\r\n`,
  );
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 100 /);
  socket.write(body.slice(0, sent));
  return socket;
}

async function restOf(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

describe('a limit', () => {
  it('of the bodies held at one time is answered with 429 until there is room again, and counted', async () => {
    const large = (id: string) => JSON.stringify(call(id)).padEnd(3900, '\n');
    const sockets = [await begin(large('held-1'), 3800), await begin(large('held-2'), 3800)];
    let status = 0;
    // The door may not have read what was sent: until it has, there is room.
    const shed = await growth(metrics.requestsShed, { limit: 'bodies' }, async () => {
      while (status !== 429) ({ status } = await send(large('small')));
    });
    expect(shed).toBe(1);
    const answers = sockets.map(restOf);
    for (const socket of sockets) socket.write('\n'.repeat(100));
    for (const answer of answers) expect(await answer).toMatch(/^HTTP\/1.1 202 /);
    expect(await send(large('after'))).toMatchObject({ status: 202, body: { accepted: 1 } });
    expect(await rowOf('held-2')).toBeDefined();
  });

  it('of a body is kept to by whoever sends without end: the door hangs up', async () => {
    const body = ' '.repeat(4 * 4000 + 100_000);
    const socket = await begin(body, 4 * 4000 + 10);
    await hungUp(socket);
    expect(await send(call('alive'))).toMatchObject({ status: 202 });
  });

  it('of one event refuses that event, and counts it', async () => {
    const refused = await growth(metrics.eventsRejected, { door: 'events', field: 'event' }, async () => {
      const large = call('large', { args: 'x'.repeat(1000) });
      expect((await send([call('beside'), large])).body).toMatchObject({
        accepted: 1,
        rejected: [{ index: 1, field: '', expected: 'at most 1000 bytes of JSON' }],
      });
    });
    expect(refused).toBe(1);
  });

  it('of the rejections in an answer leaves the rest to the log', async () => {
    const { body } = await send([1, 2, 3, 4, 5]);
    expect(body).toMatchObject({ rejected: [{ index: 0 }, { index: 1 }, { index: 2 }], rejected_unlisted: 2 });
    const rejects = await rowsIn(door.log, 'rejects');
    expect(rejects.slice(-5).map(({ index, got }) => [index, got])).toEqual([
      [0, '1'],
      [1, '2'],
      [2, '3'],
      [3, '4'],
      [4, '5'],
    ]);
  });

  it('of the sources of a key is counted', async () => {
    const shed = await growth(metrics.requestsShed, { limit: 'sources' }, async () => {
      const statuses: number[] = [];
      for (const source of ['a', 'b', 'a', 'c'])
        statuses.push((await send(call(`source-${source}`), { 'tripline-source': source })).status);
      expect(statuses).toEqual([202, 202, 202, 400]);
    });
    expect(shed).toBe(1);
  });

  it('of brackets and commas in OTLP is counted as one of size', async () => {
    const shed = await growth(metrics.requestsShed, { limit: 'size' }, async () => {
      expect((await send(`{"resourceLogs":[${'{},'.repeat(20)}{}]}`, {}, '/v1/logs')).status).toBe(413);
    });
    expect(shed).toBe(1);
  });

  it('of skew clamps a time from the future, marks the event and counts its producer', async () => {
    const skewed = await growth(metrics.clockSkew, { producer: 'local' }, () =>
      send(call('early', { time: '2099-01-01T00:00:00Z' })),
    );
    const row = (await rowOf('early'))!;
    expect([skewed, row.marks, row.time]).toEqual([1, ['clock_skew'], row.received]);
    expect(row.attributes).toMatchObject({ claimed_time: '2099-01-01T00:00:00Z' });
  });

  it('that would put packed bodies off for ever is refused at start', () => {
    const parsed = IngestConfig.safeParse({ body_bytes_max: 1000, bodies_bytes_max: 1999 });
    expect(parsed.error?.issues).toMatchObject([
      { path: ['bodies_bytes_max'], message: 'bodies_bytes_max (1999) is below twice body_bytes_max (1000)' },
    ]);
    expect(IngestConfig.safeParse({ body_bytes_max: 1000, bodies_bytes_max: 2000 }).success).toBe(true);
  });
});

describe('a secret that is posted', () => {
  const token = `glpat-${'aB3dE6gH9k'.repeat(2)}`;
  it('becomes a mark with the fingerprint that its use has, is counted, and is nowhere else', async () => {
    const found = await growth(metrics.secretsFound, { rule: 'gitlab-token' }, async () => {
      const use = { kind: 'token_use', event_id: 'use', token, outcome: 'ok' };
      const body = gzipSync(
        JSON.stringify([
          use,
          call('leak', { args: { note: `use ${token}` } }),
          call('target', { target: `https://x.example/${token}` }),
        ]),
      );
      expect((await send(body, { 'content-encoding': 'gzip' })).body).toMatchObject({ accepted: 3 });
      expect((await send({ ...call('wrong'), note: token })).body).toMatchObject({ rejected: [{ field: 'note' }] });
    });
    expect(found).toBe(2);
    const [use, leak, target] = await Promise.all(['use', 'leak', 'target'].map(rowOf));
    expect([use!.marks, leak!.marks, target!.marks]).toEqual([
      [],
      ['secret_exposure', 'exposed_in_args'],
      ['secret_exposure'],
    ]);
    expect(use!.credential).toMatch(/^tl-hmac:[0-9a-f]{32}$/);
    for (const row of [leak!, target!]) expect(row.attributes).toEqual({ secret_fingerprint: use!.credential });
    expect(target!.target).toBe('https://x.example/[redacted:gitlab-token]');
    expect((await bytesIn(folder.dir)).includes(token.slice(0, 14))).toBe(false);
    expect(door.logged.join('')).not.toContain(token.slice(0, 14));
  });
});
