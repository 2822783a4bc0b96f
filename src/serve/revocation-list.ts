import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import * as z from 'zod';

/** Something that nobody should accept any more; `since` is epoch ms. */
export interface Revoked {
  tenant: string;
  target_kind: string;
  target: string;
  credential_handles: Readonly<Record<string, string>>;
  action: string;
  order_id: string;
  state: string;
  since: number;
}

export interface RevocationDeps {
  revoked(credential?: string): Promise<Revoked[]>;
  signer: {
    sign(claims: Record<string, unknown>, typ: string): Promise<string>;
    jwks(): Promise<{ keys: object[] }>;
  };
}

/** The list is looked at again after this time at the earliest, however often it is asked for. */
const FRESH_MS = 500;
/** A list that is older than this should not be believed. */
const LIFE_S = 3600;

const Asked = z.union([
  z.strictObject({ credential: z.string().min(3).max(512) }),
  z.object({ token: z.string().min(3).max(512) }).transform(({ token }) => ({ credential: token })),
]);

/** For verifiers and gateways: keys, one credential, and everything that is revoked as a signed list. */
export function addRevocationRoutes(app: FastifyInstance, deps: RevocationDeps): void {
  app.get('/.well-known/jwks.json', async (_request, reply) => {
    reply.header('cache-control', 'public, max-age=300');
    return deps.signer.jwks();
  });
  const list = createList(deps);
  app.get('/revocations/list', async (request, reply) => {
    const { etag, token } = await list();
    reply.header('etag', etag).header('cache-control', 'private, max-age=5');
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.type('application/jwt').send(token);
  });
  // Forms are read here only: a page of another site can post one, and nothing that changes something may take it.
  app.register(async (scope) => {
    scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
      done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    );
    // Active is never said to be true: what Tripline does not know of may be dead all the same.
    scope.post('/introspect', async ({ body }) => {
      const { credential } = Asked.parse(body, { reportInput: true });
      const [found] = await deps.revoked(credential);
      return found === undefined ? { revoked: false } : { active: false, revoked: true, ...shown(found) };
    });
  });
}

function shown({ since, ...rest }: Revoked) {
  return { ...rest, since: new Date(since).toISOString() };
}

/** Signed again only when something changed or the last one grows old. */
function createList({ revoked, signer }: RevocationDeps): () => Promise<{ etag: string; token: string }> {
  let looked = Number.NEGATIVE_INFINITY;
  let signed: { etag: string; token: string; at: number } | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const look = async () => {
    const now = Date.now();
    if (signed !== undefined && now - looked < FRESH_MS) return signed;
    looked = now;
    const entries = (await revoked())
      .sort((a, b) => a.since - b.since || (a.order_id < b.order_id ? -1 : 1))
      .map(shown);
    const etag = `"${createHash('sha256').update(JSON.stringify(entries)).digest('base64url')}"`;
    const isYoung = signed !== undefined && now - signed.at < (LIFE_S * 1000) / 2;
    if (signed?.etag === etag && isYoung) return signed;
    const iat = Math.floor(now / 1000);
    const token = await signer.sign({ iat, exp: iat + LIFE_S, revoked: entries }, 'tripline-revocations+jwt');
    signed = { etag, token, at: now };
    return signed;
  };
  return () => {
    const next = turn.then(look);
    turn = next.catch(() => {});
    return next;
  };
}
