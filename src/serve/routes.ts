import type { FastifyInstance } from 'fastify';
import type * as z from 'zod';
import type { TriageDeps } from '../triage/index.ts';
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
import { readTriage } from './triage/history.ts';
import type { AlertsNow } from './triage/now.ts';

const DAY_MS = 86_400_000;

interface ById {
  Params: { id: string };
}

/** The read API over the store. Lists take filters, `limit` and `cursor`; times are ISO 8601. */
export function addApiRoutes(
  app: FastifyInstance,
  store: Reader,
  alerts: AlertsNow,
  triage: TriageDeps,
  config: ServeConfig,
  needs: () => Needs,
): void {
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
  app.get('/api/incidents', async (request) => {
    const filters = IncidentFilters.parse(request.query, { reportInput: true });
    return readIncidents(store, await alerts(), { ...filters, limit: Math.min(filters.limit, config.page_rows_max) });
  });
  app.get<ById>('/api/incidents/:id', async ({ params }, reply) =>
    found(reply, await readIncident(store, await alerts(), params.id)),
  );
  app.get<ById>('/api/agents/:id/timeline', ({ params, query }) =>
    page(TIMELINE, TimelineFilters, query, { agent_id: params.id }),
  );
  app.get<ById>('/api/alerts/:id', async ({ params: { id } }, reply) => {
    const alert = await readAlert(store, id);
    return found(reply, alert && { ...alert, ...(await readTriage(triage, await alerts(), id)) });
  });
  app.get<ById>('/api/revocations/:id', async ({ params }, reply) =>
    found(reply, await readRevocation(store, params.id)),
  );
}
