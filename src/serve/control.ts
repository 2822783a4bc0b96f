import type { FastifyInstance } from 'fastify';
import * as z from 'zod';

interface Said {
  who: string;
  why: string;
}

/** What people may do about orders. Each rejects with TRIPLINE_ORDER_REFUSED, and says why, when it cannot be done. */
export interface Control {
  approve(order_id: string, said: Said): Promise<void>;
  reject(order_id: string, said: Said): Promise<void>;
  undo(order_id: string, said: Said & { false_alarm: boolean }): Promise<void>;
  redeliver(order_id: string, said: Said): Promise<void>;
  pause(who: string, why: string): Promise<void>;
  resume(who: string): Promise<void>;
}

const SaidBody = z.strictObject({
  who: z.string().min(1).max(256).describe('Who asks for it; stands in the history of the order'),
  why: z.string().min(1).max(2000).describe('Why; stands there too'),
});
const UndoBody = SaidBody.extend({
  false_alarm: z.boolean().default(false).describe('Whether the alert was wrong'),
});

interface ById {
  Params: { id: string };
}

/**
 * What changes something: POST with a JSON body, which a page of another site cannot send without being asked first. Who somebody is, is
 * what he says: the API answers on loopback only.
 */
export function addControlRoutes(app: FastifyInstance, control: Control): void {
  for (const what of ['approve', 'reject', 'redeliver'] as const)
    app.post<ById>(`/api/revocations/:id/${what}`, async ({ params, body }) => {
      await control[what](params.id, SaidBody.parse(body, { reportInput: true }));
      return { order_id: params.id, done: what };
    });
  app.post<ById>('/api/revocations/:id/undo', async ({ params, body }) => {
    await control.undo(params.id, UndoBody.parse(body, { reportInput: true }));
    return { order_id: params.id, done: 'undo' };
  });
  app.post('/api/pause', async ({ body }) => {
    const { who, why } = SaidBody.parse(body, { reportInput: true });
    await control.pause(who, why);
    return { done: 'pause' };
  });
  app.post('/api/resume', async ({ body }) => {
    await control.resume(SaidBody.parse(body, { reportInput: true }).who);
    return { done: 'resume' };
  });
}
