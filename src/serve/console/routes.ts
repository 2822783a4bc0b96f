import type { FastifyInstance } from 'fastify';
import type { Reader } from '../queries.ts';
import type { AlertsNow } from '../triage/now.ts';
import { readAgent, readCredential } from './agent.ts';
import { readCalls } from './calls.ts';
import {
  AgentAsked,
  CallFilters,
  CredentialAsked,
  MapFilters,
  OrderFilters,
  QueueFilters,
  QueuePage,
} from './filters.ts';
import { readMap } from './map.ts';
import { readOrders } from './orders.ts';
import { readFacets, readHistogram, readQueue } from './queue.ts';
import { type Rules, readRules } from './rules.ts';

/** What the console reads besides the lists. Ids are parameters: one that is `..` could not stand in a path. */
export function addConsoleRoutes(
  app: FastifyInstance,
  store: Reader,
  alerts: AlertsNow,
  rules: () => Promise<Rules>,
): void {
  const said = { reportInput: true };
  const unknown = { error: 'not_found', message: 'The store has nothing of that name (yet)' };
  app.get('/api/queue', async ({ query }) => readQueue(store, await alerts(), QueuePage.parse(query, said)));
  app.get('/api/queue/facets', async ({ query }) => readFacets(store, await alerts(), QueueFilters.parse(query, said)));
  app.get('/api/queue/histogram', async ({ query }) =>
    readHistogram(store, await alerts(), QueueFilters.parse(query, said)),
  );
  app.get('/api/calls', ({ query }) => readCalls(store, CallFilters.parse(query, said)));
  app.get('/api/orders', ({ query }) => readOrders(store, OrderFilters.parse(query, said)));
  app.get('/api/map', ({ query }) => readMap(store, MapFilters.parse(query, said)));
  app.get('/api/rules', async () => readRules(store, await rules()));
  app.get(
    '/api/agent',
    async ({ query }, reply) =>
      (await readAgent(store, AgentAsked.parse(query, said))) ?? reply.code(404).send(unknown),
  );
  app.get('/api/credential', async ({ query }, reply) => {
    const { credential } = CredentialAsked.parse(query, said);
    return (await readCredential(store, credential)) ?? reply.code(404).send(unknown);
  });
}
