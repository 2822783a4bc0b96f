import type { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ReadBody } from '../../ingest/body.ts';
import { type Asks, textsOf } from './asks.ts';

/** Addresses of the transmitter of security events. */
const PATHS = ['/ssf/*', '/.well-known/ssf-configuration', '/.well-known/jwks.json'];
/** What was true of the body as it came in, or of the connection. */
const DROPPED = ['content-length', 'content-encoding', 'transfer-encoding', 'connection', 'keep-alive'];

/** At every door: receivers of security events are answered by the process that responds. */
export function addPassedRoutes(app: FastifyInstance, readBody: ReadBody, asks: Pick<Asks, 'pass'>): void {
  for (const path of PATHS)
    app.all(path, async (request, reply) => {
      const body = await readBody(request.body as Readable | undefined, request.headers);
      try {
        const { method, url } = request;
        const passed = { method, url, headers: kept(request.headers), body: body.bytes.toString('base64') };
        const answer = await asks.pass(passed);
        return await reply.code(answer.status).headers(kept(answer.headers)).send(Buffer.from(answer.body, 'base64'));
      } finally {
        body.release();
      }
    });
}

function kept(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(textsOf(headers)).filter(([name]) => !DROPPED.includes(name)));
}
