import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** A receiver as an identity provider would run it: checks signatures with the reference library, acts once per webhook-id. */
export async function startReceiver(secret: string) {
  const deliveries = new Map<string, number>();
  const targets = new Map<string, Set<string>>();
  let refused = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    try {
      const { data } = new Webhook(secret).verify(body, request.headers as Record<string, string>) as {
        data: { order_id: string; target: string };
      };
      const id = String(request.headers['webhook-id']);
      deliveries.set(id, (deliveries.get(id) ?? 0) + 1);
      targets.set(data.target, (targets.get(data.target) ?? new Set()).add(id));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"revoked"}');
    } catch {
      refused += 1;
      response.writeHead(400).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/revocations`,
    /** Deliveries by webhook-id. */
    deliveries,
    /** webhook-ids by target. */
    targets,
    refused: () => refused,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
