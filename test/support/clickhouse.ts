import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connection, connect } from '../../src/store/chdb/connection.ts';

/** What happens to the next requests that are asked for. */
export type Fault = 'refuse' | 'hang' | 'fail_after' | 'cut_after' | 'proxy_error';

export interface ClickHouseServer {
  url: string;
  user: string;
  password: string;
  /** The next inserts, one each, go wrong in these ways. */
  faults: Fault[];
  /** Inserts that reached the engine. */
  inserts: number;
  /** Takes no connections until `up`; those that are open are cut. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

/** ClickHouse's HTTP interface in front of the real engine: parameters and settings as the client sends them, its errors as a server tells them. */
export async function startClickHouse(): Promise<ClickHouseServer> {
  const dir = await mkdtemp(join(tmpdir(), 'tripline-clickhouse-'));
  const path = join(dir, 'db');
  // Stays, so that the engine does; each request has one of its own, with its own settings.
  const keeper = await connect(path, { settings: {}, waiting_max: 1 });
  const password = randomUUID();
  const state: ClickHouseServer = {
    url: '',
    user: 'tripline',
    password,
    faults: [],
    inserts: 0,
    async down() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
    async up() {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await keeper.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
  const server = createServer((request, response) => {
    answer(request, response, { dir, path, state }).catch((error: unknown) => {
      if (!response.headersSent) tell(response, error);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  state.url = `http://127.0.0.1:${port}`;
  return state;
}

interface Context {
  dir: string;
  path: string;
  state: ClickHouseServer;
}

async function answer(request: IncomingMessage, response: ServerResponse, { dir, path, state }: Context) {
  const url = new URL(request.url ?? '/', 'http://x');
  const body = await read(request);
  const login = Buffer.from(request.headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString();
  if (login !== `${state.user}:${state.password}`)
    return tell(response, { clickhouseCode: 516, message: 'Authentication failed. (AUTHENTICATION_FAILED)' }, 403);
  const query = url.searchParams.get('query');
  const fault = query === null ? undefined : state.faults.shift();
  if (fault === 'refuse')
    return tell(response, { clickhouseCode: 202, message: 'Busy. (TOO_MANY_SIMULTANEOUS_QUERIES)' });
  if (fault === 'proxy_error')
    return response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
  if (fault === 'hang') return;
  const connection = await connect(path, { settings: {}, waiting_max: 1000 });
  try {
    for (const statement of settingsOf(url.searchParams)) await connection.run(statement);
    const text = query === null ? await connection.run(body.toString()) : await insert(connection, query, body, dir);
    if (query !== null) state.inserts += 1;
    if (fault === 'fail_after')
      return tell(response, { clickhouseCode: 319, message: 'Unknown. (UNKNOWN_STATUS_OF_INSERT)' });
    if (fault === 'cut_after') return request.socket.destroy();
    return response.writeHead(200, { 'x-clickhouse-summary': '{}' }).end(text);
  } finally {
    await connection.close();
  }
}

/** The engine in a process takes binary input as a file only. */
async function insert(connection: Connection, query: string, body: Buffer, dir: string): Promise<string> {
  const match = /^(INSERT INTO \S+ \((.*)\)) FORMAT Native\s*$/s.exec(query);
  if (match === null) return connection.run(query);
  const file = join(dir, `${randomUUID()}.native`);
  await writeFile(file, body);
  try {
    return await connection.run(`${match[1]} SELECT ${match[2]} FROM file('${file}', Native)`);
  } finally {
    await rm(file);
  }
}

const NOT_SETTINGS = new Set(['query', 'query_id', 'database', 'session_id', 'role']);
/** The server's own: the engine in a process has no responses to hold back. */
const IGNORED = new Set(['wait_end_of_query', 'enable_http_compression']);

function settingsOf(params: URLSearchParams): string[] {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const named = [...params].filter(([name]) => !NOT_SETTINGS.has(name) && !IGNORED.has(name));
  // Once it is read-only, a session takes no settings any more.
  named.sort(([a], [b]) => Number(a === 'readonly') - Number(b === 'readonly'));
  return named.map(([name, value]) => `SET ${name} = ${quoted(value)}`);
}

function tell(response: ServerResponse, error: unknown, status = 500): void {
  const { clickhouseCode, message } = error as { clickhouseCode?: number; message?: string };
  const text = String(message).startsWith('Code:')
    ? String(message)
    : `Code: ${clickhouseCode}. DB::Exception: ${message}`;
  response.writeHead(status, { 'x-clickhouse-exception-code': String(clickhouseCode ?? 1002) }).end(text);
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
