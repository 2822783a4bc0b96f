import type { FastifyInstance, FastifyReply } from 'fastify';
import { actOn, type Outcome, type TriageDeps, undoBulk, type Which } from '../../triage/index.ts';
import { actorOf } from '../actor.ts';
import { whereOf } from '../console/filters.ts';
import { TriageBody, UndoBody } from './body.ts';

const said = { reportInput: true };

/** What people do about alerts. Answers count honestly: `matched` is `succeeded` and `failed` together. */
export function addTriageRoutes(app: FastifyInstance, triage: TriageDeps): void {
  app.post('/api/triage', async (request, reply) => {
    const { alerts, filter, as_of, ...asked } = TriageBody.parse(request.body, said);
    const outcome = await actOn(triage, whichOf({ alerts, filter, as_of }), { ...asked, ...actorOf(request) });
    return alerts?.length === 1 ? alone(reply, outcome) : outcome;
  });
  app.post('/api/triage/undo', async (request) => {
    const { bulk_id } = UndoBody.parse(request.body, said);
    return undoBulk(triage, bulk_id, actorOf(request));
  });
}

function whichOf({ alerts, filter, as_of }: Pick<TriageBody, 'alerts' | 'filter' | 'as_of'>): Which {
  const moment = as_of === undefined ? undefined : Date.parse(as_of);
  if (alerts !== undefined)
    return { seen: new Map(alerts.map(({ alert_id, version }) => [alert_id, version])), as_of: moment };
  return { where: whereOf({ ...filter, as_of }), as_of: moment! };
}

/** An act on one alert that was not done is not a success that counts nothing. */
function alone(reply: FastifyReply, outcome: Outcome): Outcome | FastifyReply {
  const [failure] = outcome.failures;
  if (failure === undefined) return outcome;
  const status = failure.reason === 'unknown' ? 404 : 409;
  return reply.code(status).send({ error: failure.reason, message: failure.detail, ...failure, ...outcome });
}
