import { createHmac } from 'node:crypto';

/** Headers of a Standard Webhooks delivery, from its specification and not from the library that checks them. */
export function signed(secret: string, id: string, body: string, time_s: number): Record<string, string> {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${time_s}.${body}`).digest('base64');
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(time_s),
    'webhook-signature': `v1,${signature}`,
  };
}
