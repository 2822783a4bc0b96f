import type { FastifyInstance } from 'fastify';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import * as z from 'zod';
import type { Issued } from './issuer.ts';
import { type ClientLogin, type Introspection, introspect, revokeToken } from './issuer-client.ts';

/** Orders remembered, so that a redelivery is answered and not acted on. */
const ORDERS_MAX = 10_000;

const RevocationOrder = z.object({
  type: z.string(),
  data: z.object({
    action: z.string().optional(),
    credential_handles: z.record(z.string(), z.string()).default({}),
  }),
});
type RevocationOrder = z.output<typeof RevocationOrder>;

export interface Answer {
  code: number;
  body: {
    status: 'revoked' | 'suspended' | 'reinstated' | 'unknown_token' | 'unsupported';
    proof?: Introspection & { checked: string };
    detail?: string;
  };
}

export interface RevocationsOptions {
  issuerUrl: string;
  webhookSecret: string;
  /** Finds the token that the issuer named so. */
  tokenOf(token_id: string): Issued | undefined;
  loginOf(client_id: string): ClientLogin;
  gateway: ClientLogin;
  /** Tokens that the gateway lets in no more until they are taken off, by token_id. */
  suspended: Set<string>;
}

/**
 * The issuer's own edge: takes a signed order (Standard Webhooks), knows the token by its `token_id`, revokes it (RFC 7009),
 * asks the issuer whether it is dead (RFC 7662), and answers with that proof. One `webhook-id` is acted on once.
 * A suspension is the gateway's affair, and can be taken back; a revocation cannot.
 */
export function addRevocations(app: FastifyInstance, options: RevocationsOptions): { acted: Map<string, number> } {
  const webhook = new Webhook(options.webhookSecret);
  const acted = new Map<string, number>();
  const answers = new Map<string, Promise<Answer>>();

  const once = (id: string, order: RevocationOrder): Promise<Answer> => {
    const known = answers.get(id);
    if (known !== undefined) return known;
    const answer = act(order, options, () => acted.set(id, (acted.get(id) ?? 0) + 1));
    answers.set(id, answer);
    if (answers.size > ORDERS_MAX) answers.delete(answers.keys().next().value!);
    // An order that could not be carried out may come again.
    answer.catch(() => answers.delete(id));
    return answer;
  };

  app.register(async (edge) => {
    // The signature covers the bytes as they came.
    edge.removeAllContentTypeParsers();
    edge.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    edge.post('/revocations', async (request, reply) => {
      const order = verified(webhook, String(request.body ?? ''), request.headers);
      if (order === undefined) return reply.code(401).send({ status: 'refused', detail: 'The signature does not fit' });
      const parsed = RevocationOrder.safeParse(order);
      if (!parsed.success) return reply.code(400).send({ status: 'refused', detail: parsed.error.message });
      const { code, body } = await once(String(request.headers['webhook-id']), parsed.data);
      return reply.code(code).send(body);
    });
  });
  return { acted };
}

function verified(webhook: Webhook, body: string, headers: Record<string, unknown>): unknown {
  try {
    return webhook.verify(body, headers as Record<string, string>);
  } catch (error) {
    if (error instanceof WebhookVerificationError) return undefined;
    throw error;
  }
}

const UNDO = 'tripline.revocation.undo_requested';

async function act({ type, data }: RevocationOrder, options: RevocationsOptions, count: () => void): Promise<Answer> {
  const action = data.action ?? 'revoke';
  const isBack = type === UNDO;
  if (!['revoke', 'suspend'].includes(action) || (isBack && action !== 'suspend'))
    return { code: 422, body: { status: 'unsupported', detail: `Not for opaque tokens: ${type} of ${action}` } };
  const issued = options.tokenOf(data.credential_handles.token_id ?? '');
  const stranger = data.credential_handles.iss !== undefined && data.credential_handles.iss !== options.issuerUrl;
  if (issued === undefined || stranger)
    return { code: 404, body: { status: 'unknown_token', detail: 'No token of this issuer has this token_id' } };
  if (action === 'suspend') {
    count();
    if (isBack) options.suspended.delete(issued.token_id);
    else options.suspended.add(issued.token_id);
    return { code: 200, body: { status: isBack ? 'reinstated' : 'suspended' } };
  }
  await revokeToken(options.issuerUrl, options.loginOf(issued.client_id), issued.token);
  count();
  const introspection = await introspect(options.issuerUrl, options.gateway, issued.token);
  if (introspection.active) throw new Error(`The issuer still calls ${issued.token_id} active`);
  return { code: 200, body: { status: 'revoked', proof: { ...introspection, checked: new Date().toISOString() } } };
}
