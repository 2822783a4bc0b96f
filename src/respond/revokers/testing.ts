import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterEach } from 'vitest';
import type { Alert } from '../../alert/alert.ts';
import type { Order } from '../../order/order.ts';
import { alertOf, ordersDeps, policyOf, sentEntry } from '../testing.ts';

/** Real HTTP receivers on 127.0.0.1 for the tests of revokers. */

export interface Received {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

export interface Listening {
  /** http://127.0.0.1:port */
  url: string;
  port: number;
  /** How many connections were opened. */
  connections(): number;
  close(): Promise<void>;
}

export interface LocalReceiver extends Listening {
  received: Received[];
  /** Resolves when so many requests have come. */
  holds(count: number): Promise<void>;
}

/** Listens on a free port of 127.0.0.1, or on the one that is named. */
export async function listen(listener: RequestListener, wanted = 0): Promise<Listening> {
  let connections = 0;
  const server = createServer(listener);
  server.on('connection', () => connections++);
  server.listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    if (!server.listening) return;
    const closed = promisify(server.close.bind(server))();
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${port}`, port, connections: () => connections, close };
}

/** A receiver that answers as it is told, and keeps what it was asked. */
export async function receive(answer: (request: Received, response: ServerResponse) => void): Promise<LocalReceiver> {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  const listening = await listen(async (request, response) => {
    const seen = await read(request);
    received.push(seen);
    for (const look of waiting) look();
    answer(seen, response);
  });
  const holds = (count: number) =>
    new Promise<void>((resolve) => {
      const look = () => void (received.length >= count && resolve());
      waiting.add(look);
      look();
    });
  return { ...listening, received, holds };
}

async function read(request: IncomingMessage): Promise<Received> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  const { method = '', url: path = '', headers } = request;
  return { method, path, headers: headers as Record<string, string>, body };
}

export interface Recorded extends LocalReceiver {
  /** What it did, in order. */
  changes: string[];
  /** False: it is down. */
  open: boolean;
  /** Asked first: an answer instead of the recorded one. */
  instead?: (request: Received) => RecordedAnswer | undefined;
}

export interface RecordedAnswer {
  status: number;
  headers?: Record<string, string>;
  /** Sent as JSON where it is no text. */
  body?: unknown;
}

/** A server that answers as one of its kind was seen to, or as its public documents say. */
export async function recorded(answer: (request: Received, server: Recorded) => RecordedAnswer): Promise<Recorded> {
  const server: Recorded = Object.assign(
    await receive((request, response) => {
      if (!server.open) return response.socket?.destroy();
      const { status, headers, body } = server.instead?.(request) ?? answer(request, server);
      const text = typeof body === 'string' || body === undefined ? (body ?? '') : JSON.stringify(body);
      return response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
    }),
    { changes: [] as string[], open: true },
  );
  return server;
}

/** Closes what is added after each test. */
export function closing(): <T extends { close(): Promise<void> }>(opened: T) => T {
  const all: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const opened of all.splice(0)) await opened.close();
  });
  return (opened) => {
    all.push(opened);
    return opened;
  };
}

/** An order that was sent. */
export function orderOf(alert: Partial<Alert> = {}, rule: object = {}): Order {
  const { order } = sentEntry(ordersDeps(), alertOf(alert), policyOf(rule));
  return order;
}

/** A signal that never fires. */
export const patient = (): AbortSignal => new AbortController().signal;
