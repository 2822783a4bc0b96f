import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { testRevoker } from '../contract.ts';
import { orderOf, type Received, receive } from '../testing.ts';
import { webhook } from './index.ts';

testRevoker(webhook, async () => {
  const [secret, wrong] = [0, 1].map(() => `whsec_${randomBytes(32).toString('base64')}`) as [string, string];
  process.env.CONTRACT_WEBHOOK = secret;
  process.env.CONTRACT_WRONG = wrong;
  const acted = new Map<string, number>();
  const verifies = ({ body, headers }: Received) => {
    try {
      return new Webhook(secret).verify(body, headers) !== undefined;
    } catch {
      return false;
    }
  };
  let up = true;
  const server = await receive((request, response) => {
    if (!up) return response.socket?.destroy();
    if (request.method === 'OPTIONS') return response.writeHead(204).end();
    if (!verifies(request)) return response.writeHead(401).end();
    const id = request.headers['webhook-id']!;
    if (!acted.has(id)) acted.set(id, 1);
    return response.end('{"status":"revoked"}');
  });
  const open = (env: string) =>
    webhook.create(
      webhook.config.parse({ type: 'webhook', url: server.url, secrets: [{ env }], allow_private: true }),
      'contract',
    );
  const order = orderOf();
  return {
    receiver: open('CONTRACT_WEBHOOK'),
    stranger: open('CONTRACT_WRONG'),
    order,
    isGone: async () => acted.has(order.order_id),
    acted: () => acted.size,
    down: async () => {
      up = false;
    },
    up: async () => {
      up = true;
    },
    secrets: [secret.slice(6), wrong.slice(6)],
    close: server.close,
  };
});
