import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hasCode, TriplineError } from '../errors.ts';
import type { ServeConfig } from './config.ts';

/** A port that is open before what answers on it has started. */
export interface Port {
  readonly server: Server;
  /** Address that people open, for example http://127.0.0.1:4380. */
  readonly url: string;
  /** From now on this answers. */
  answer(handler: RequestListener): void;
  close(): Promise<void>;
}

/**
 * Listens, and says that this process is alive and not ready, until something else answers.
 * @throws TriplineError TRIPLINE_ADDRESS_IN_USE
 */
export async function openPort(config: Pick<ServeConfig, 'host' | 'port' | 'in_container'>): Promise<Port> {
  let handler: RequestListener = starting;
  const server = createServer((request, response) => handler(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).once('listening', resolve);
    server.listen({ port: config.port, exclusive: true, host: config.in_container ? '0.0.0.0' : config.host });
  }).catch((error: unknown) => {
    if (!hasCode(error, 'EADDRINUSE')) throw error;
    const message = `Port ${config.port} on ${config.host} is taken: stop what uses it or set serve.port to another one`;
    throw new TriplineError('TRIPLINE_ADDRESS_IN_USE', message, { cause: error });
  });
  const { port } = server.address() as AddressInfo;
  const host = config.host === '::1' ? '[::1]' : config.host;
  return {
    server,
    url: `http://${host}:${port}`,
    answer(next) {
      handler = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const starting: RequestListener = ({ url }, response) => {
  const alive = url === '/healthz';
  response.writeHead(alive ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify({ status: alive ? 'ok' : 'starting' }));
};
