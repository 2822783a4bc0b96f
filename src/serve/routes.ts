import type { FastifyInstance } from 'fastify';
import type * as z from 'zod';
import { found } from './answers.ts';
import type { ServeConfig } from './config.ts';
import {
  AlertFilters,
  type Filters,
  GapFilters,
  IncidentFilters,
  ProducerFilters,
  RejectFilters,
  RevocationFilters,
  TimelineFilters,
} from './filters.ts';
import { readIncident, readIncidents } from './incidents.ts';
import { type List, readPage } from './list.ts';
import { type Needs, readProducers } from './producers.ts';
import { ALERTS, GAPS, REJECTS, REVOCATIONS, type Reader, readAlert, readRevocation, TIMELINE } from './queries.ts';

const DAY_MS = 86_400_000;

interface ById {
  Params: { id: string };
}

/** The read API over the store. Lists take filters, `limit` and `cursor`; times are ISO 8601. */
export function addApiRoutes(app: FastifyInstance, store: Reader, config: ServeConfig, needs: () => Needs): void {
  const page = (list: List, schema: z.ZodType<Filters>, query: unknown, fixed: Record<string, string> = {}) => {
    const filters = schema.parse(query, { reportInput: true });
    return readPage(store, list, { ...filters, ...fixed, limit: Math.min(filters.limit, config.page_rows_max) });
  };
  app.get('/api/alerts', (request) => page(ALERTS, AlertFilters, request.query));
  app.get('/api/revocations', (request) => page(REVOCATIONS, RevocationFilters, request.query));
  app.get('/api/rejects', (request) => page(REJECTS, RejectFilters, request.query));
  app.get('/api/gaps', (request) => page(GAPS, GapFilters, request.query));
  app.get('/api/producers', (request) => {
    const { from } = ProducerFilters.parse(request.query, { reportInput: true });
    return readProducers(store, needs(), from === undefined ? Date.now() - DAY_MS : Date.parse(from));
  });
  app.get('/api/incidents', (request) => {
    const filters = IncidentFilters.parse(request.query, { reportInput: true });
    return readIncidents(store, { ...filters, limit: Math.min(filters.limit, config.page_rows_max) });
  });
  app.get<ById>('/api/incidents/:id', async ({ params }, reply) => found(reply, await readIncident(store, params.id)));
  app.get<ById>('/api/agents/:id/timeline', ({ params, query }) =>
    page(TIMELINE, TimelineFilters, query, { agent_id: params.id }),
  );
  app.get<ById>('/api/alerts/:id', async ({ params }, reply) => found(reply, await readAlert(store, params.id)));
  app.get<ById>('/api/revocations/:id', async ({ params }, reply) =>
    found(reply, await readRevocation(store, params.id)),
  );
}
