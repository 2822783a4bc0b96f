import type { FastifyInstance, FastifyReply } from 'fastify';
import type * as z from 'zod';
import type { Store } from '../store/store.ts';
import type { ServeConfig } from './config.ts';
import { AlertFilters, RevocationFilters, TimelineFilters } from './filters.ts';
import { listAlerts, listRevocations, listTimeline, readAlert, readRevocation } from './queries.ts';

/** The read API over the store. Lists take filters, `limit` and `cursor`; times are ISO 8601. */
export function addApiRoutes(app: FastifyInstance, store: Store, config: ServeConfig): void {
  const filters = <S extends z.ZodType>(schema: S, query: unknown) => {
    const parsed = schema.parse(query) as z.output<S> & { limit: number };
    return { ...parsed, limit: Math.min(parsed.limit, config.page_rows_max) };
  };
  type ById = { Params: { id: string } };

  app.get('/api/alerts', (request) => listAlerts(store, filters(AlertFilters, request.query)));
  app.get<ById>('/api/alerts/:id', async (request, reply) => found(reply, await readAlert(store, request.params.id)));
  app.get('/api/revocations', (request) => listRevocations(store, filters(RevocationFilters, request.query)));
  app.get<ById>('/api/revocations/:id', async (request, reply) =>
    found(reply, await readRevocation(store, request.params.id)),
  );
  app.get<ById>('/api/agents/:id/timeline', (request) =>
    listTimeline(store, request.params.id, filters(TimelineFilters, request.query)),
  );
}

function found(reply: FastifyReply, value: unknown) {
  return (
    value ?? reply.code(404).send({ error: 'not_found', message: 'There is nothing of that id in the store (yet)' })
  );
}
