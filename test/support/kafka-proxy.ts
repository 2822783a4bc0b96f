import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

/** Kinds of requests, by the numbers of Kafka's protocol. */
export const PRODUCE = 0;
export const END_TRANSACTION = 26;

export interface KafkaProxy {
  /** The broker must advertise this one. */
  port: number;
  /** Where the broker really is. */
  target(address: string): void;
  /** The next request of this kind is lost with its connection, or is done and its answer is lost. */
  lose(kind: number, what: 'request' | 'answer'): void;
  close(): Promise<void>;
}

/** Stands between a client and a broker, and loses what it is told to. */
export async function startKafkaProxy(): Promise<KafkaProxy> {
  const sockets = new Set<Socket>();
  let to = { host: '127.0.0.1', port: 0 };
  let losing: { kind: number; what: 'request' | 'answer' } | undefined;
  const server = createServer((client) => {
    const broker = createConnection(to);
    for (const [one, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    let mute = false;
    broker.on('data', (bytes) => {
      if (mute) client.destroy();
      else client.write(bytes);
    });
    client.on(
      'data',
      eachRequest((request, kind) => {
        if (losing?.kind === kind) {
          const { what } = losing;
          losing = undefined;
          if (what === 'request') return client.destroy();
          mute = true;
        }
        broker.write(request);
      }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    target(address) {
      to = { host: '127.0.0.1', port: Number(address.split(':')[1]) };
    },
    lose(kind, what) {
      losing = { kind, what };
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A request is its length (4 bytes), its kind (2 bytes) and the rest. */
function eachRequest(handle: (request: Buffer, kind: number) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 6 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0);
      handle(rest.subarray(0, end), rest.readInt16BE(4));
      rest = rest.subarray(end);
    }
  };
}
