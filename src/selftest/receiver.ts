import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface SandboxReceiver {
  url: string;
  /** The signing secret. */
  secret: string;
  /** Ids of the orders that came with a good signature. */
  orders: Set<string>;
  close(): Promise<void>;
}

/** A receiver on 127.0.0.1 that says yes to every order whose signature is right, and revokes nothing. */
export async function openReceiver(): Promise<SandboxReceiver> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const orders = new Set<string>();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    try {
      new Webhook(secret).verify(body, request.headers as Record<string, string>);
    } catch {
      return response.writeHead(401).end();
    }
    orders.add(String(request.headers['webhook-id']));
    return response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"revoked"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    secret,
    orders,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
