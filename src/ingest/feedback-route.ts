import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { IngestDeps, RouteDeps } from './ingest.ts';

/** POST /v1/feedback: signed by a receiver (Standard Webhooks); answered when what it changed is durable. */
export function addFeedbackRoute(
  app: FastifyInstance,
  { readBody }: Pick<RouteDeps, 'readBody'>,
  feedback: NonNullable<IngestDeps['feedback']>,
): void {
  app.post('/v1/feedback', async (request) => {
    const body = await readBody(request.body as Readable | undefined, request.headers);
    try {
      return await feedback(single(request.headers), body.bytes.toString('utf8'));
    } finally {
      body.release();
    }
  });
}

function single(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}
