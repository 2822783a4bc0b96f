import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { createKey, revokeKey } from './keys.ts';
import {
  counted,
  hungUp,
  newFolder,
  post,
  rowsIn,
  startTestDoor,
  type TestDoor,
  type TestDoorOptions,
} from './testing/door.ts';

const folder = await newFolder();
afterAll(folder.remove);
let folders = 0;
const nextDir = () => `${folder.dir}/${++folders}`;

/** Runs a door for one test. */
async function withDoor(
  options: TestDoorOptions,
  run: (door: TestDoor, dir: string) => Promise<void>,
  dir = nextDir(),
): Promise<void> {
  const door = await startTestDoor(dir, options);
  try {
    await run(door, dir);
  } finally {
    await door.stop();
  }
}

const event = { kind: 'model_usage', agent_id: 'a1', tokens_in: 5 };
const send = (door: TestDoor, headers: Record<string, string> = {}, more: object = {}, url = door.url) =>
  post(`${url}/v1/events`, JSON.stringify({ ...event, ...more }), headers);
const refused = { status: 401, body: { error: 'TRIPLINE_UNAUTHORISED' } };

describe('the door', () => {
  it('opens without a warning of the libraries below it', async () => {
    const warnings: string[] = [];
    const hear = (warning: Error) => warnings.push(`${warning.name}: ${warning.message}`);
    process.on('warning', hear);
    await withDoor({}, async () => undefined);
    process.off('warning', hear);
    expect(warnings).toEqual([]);
  });

  it('says in a sentence why it cannot open', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    await expect(startTestDoor(nextDir(), { config: { port } })).rejects.toMatchObject({
      code: 'TRIPLINE_ADDRESS_IN_USE',
      message: `The events door cannot open: 127.0.0.1 port ${port} is taken. Stop what uses it or set ingest.port to another one`,
    });
    taken.close();
  });

  it('ends after the requests that are under way, and keeps what they brought', async () => {
    const dir = nextDir();
    const door = await startTestDoor(dir);
    const { hostname, port } = new URL(door.url);
    const socket = connect(Number(port), hostname);
    const body = JSON.stringify({ ...event, event_id: 'late' });
    socket.write(
      `POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\nexpect: 100-continue\r\n\r\n`,
    );
    // The door has seen the request once it asks for its body.
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 100 /);
    const stopped = door.stop();
    socket.write(body);
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 202 /);
    await stopped;
    socket.destroy();
    await withDoor(
      {},
      async ({ log }) => {
        expect((await rowsIn(log, 'events')).map(({ event_id }) => event_id)).toEqual(['late']);
      },
      dir,
    );
  });

  it('is not held open by a request that never ends', async () => {
    const door = await startTestDoor(nextDir(), { config: { request_ms_max: 20 } });
    const { hostname, port } = new URL(door.url);
    const socket = connect(Number(port), hostname);
    socket.write('POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n');
    await once(socket, 'data');
    const ended = hungUp(socket);
    await door.stop();
    await ended;
  });

  it('keeps nothing of a request that was cut off', async () => {
    await withDoor({}, async (door) => {
      const { hostname, port } = new URL(door.url);
      const socket = connect(Number(port), hostname);
      socket.write('POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\nexpect: 100-continue\r\n\r\n');
      await once(socket, 'data');
      socket.end(`${JSON.stringify(event)}\n`);
      await hungUp(socket);
      expect(await send(door)).toMatchObject({ status: 202, body: { accepted: 1 } });
      expect(await rowsIn(door.log, 'events')).toHaveLength(1);
      expect(await rowsIn(door.log, 'rejects')).toEqual([]);
    });
  });
});

describe('who is speaking', () => {
  it('is local on loopback without a key, or the producer of the key', async () => {
    const dir = nextDir();
    const { key } = await createKey(dir, 'gateway', 'acme');
    await withDoor(
      {},
      async (door) => {
        expect(await send(door, {}, { event_id: '1' })).toMatchObject({ status: 202 });
        expect(await send(door, { authorization: `Bearer ${key}` }, { event_id: '2' })).toMatchObject({ status: 202 });
        expect(await send(door, { 'x-tripline-key': key, 'tripline-source': 'eu' }, { event_id: '3' })).toMatchObject({
          status: 202,
        });
        const rows = (await rowsIn(door.log, 'events')).sort((a, b) => Number(a.event_id) - Number(b.event_id));
        expect(rows.map(({ producer, tenant }) => [producer, tenant])).toEqual([
          ['local', 'default'],
          ['gateway', 'acme'],
          ['gateway/eu', 'acme'],
        ]);
      },
      dir,
    );
  });

  it('is nobody with a wrong or revoked key, and nothing of the request is kept', async () => {
    const dir = nextDir();
    const { key, id } = await createKey(dir, 'gateway');
    await revokeKey(dir, id);
    await withDoor(
      {},
      async (door) => {
        const wrong: Record<string, string>[] = [
          { authorization: `Bearer ${key}` },
          { authorization: 'Basic YTpi' },
          { 'x-tripline-key': '' },
          { origin: 'https://evil.example' },
        ];
        for (const headers of wrong) {
          const answer = await send(door, headers);
          expect(answer).toMatchObject(refused);
          expect(answer.headers.get('www-authenticate')).toBe('Bearer');
        }
        expect(await rowsIn(door.log, 'events')).toEqual([]);
        expect(door.logged.join('')).not.toContain(key);
      },
      dir,
    );
  });

  it('is asked on loopback too where the door is told so', async () => {
    await withDoor({ config: { loopback_without_key: false } }, async (door) => {
      expect(await send(door)).toMatchObject(refused);
    });
  });

  it('is asked wherever others can reach the door, which does not open without any key', async () => {
    const dir = nextDir();
    const config = { host: '0.0.0.0' };
    await expect(startTestDoor(dir, { config })).rejects.toMatchObject({
      code: 'TRIPLINE_CONFIG_INVALID',
      message:
        'ingest.host is 0.0.0.0, which others can reach, and no API key exists: make one with tripline keys create NAME',
    });
    const { key } = await createKey(dir, 'gateway');
    await withDoor(
      { config },
      async (door) => {
        const url = door.url.replace('0.0.0.0', '127.0.0.1');
        expect(await send(door, {}, {}, url)).toMatchObject(refused);
        expect(await send(door, { authorization: `Bearer ${key}` }, {}, url)).toMatchObject({ status: 202 });
        expect(await rowsIn(door.log, 'events')).toMatchObject([{ producer: 'gateway' }]);
      },
      dir,
    );
  });

  it('cannot speak for another tenant than that of the key', async () => {
    const dir = nextDir();
    const { key } = await createKey(dir, 'gateway', 'acme');
    await withDoor(
      {},
      async (door) => {
        const { body } = await send(door, { 'x-tripline-key': key }, { tenant: 'other' });
        expect(body).toMatchObject({ accepted: 0, rejected: [{ index: 0, field: 'tenant', got: 'other' }] });
        expect(await rowsIn(door.log, 'rejects')).toMatchObject([{ producer: 'gateway', tenant: 'acme' }]);
        expect(await counted(door.metrics.eventsRejected, { door: 'events', field: 'tenant' })).toBe(1);
      },
      dir,
    );
  });
});
