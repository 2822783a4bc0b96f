import { createHmac, randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { Webhook } from 'standardwebhooks';
import * as z from 'zod';
import { ERROR_CODES, type ErrorCode, TriplineError } from '../../errors.ts';
import { ASKS, type Ask, type Asks } from './asks.ts';

const PATH = '/internal/respond';
/** How long an answer is waited for: health is asked often and by people, and a receiver may poll for a while. */
const WAIT_MS: Partial<Record<Ask, number>> = { status: 2000, pass: 60_000 };
const WAIT_MS_ELSE = 10_000;

const Question = z.strictObject({ ask: z.enum(ASKS), args: z.array(z.unknown()).max(2) });
const Answer = z.union([
  z.strictObject({ answer: z.unknown() }),
  z.strictObject({
    error: z.strictObject({
      code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode]),
      message: z.string(),
      retriable: z.boolean(),
    }),
  }),
]);

/** Processes of one installation know each other by its secret; questions are signed as Standard Webhooks. */
export function peerKey(secret: Buffer): Webhook {
  const key = createHmac('sha256', secret).update('tripline: questions between processes').digest('base64');
  return new Webhook(`whsec_${key}`);
}

/**
 * Asks the process at `url`.
 * @throws TriplineError whatever it threw there; TRIPLINE_SERVER_UNREACHABLE (retriable)
 */
export async function askAt(url: string, key: Webhook, ask: Ask, args: readonly unknown[]): Promise<unknown> {
  const [id, time, body] = [randomUUID(), new Date(), JSON.stringify({ ask, args })];
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(time.getTime() / 1000)),
    'webhook-signature': key.sign(id, time, body),
  };
  let answer: z.output<typeof Answer>;
  try {
    const signal = AbortSignal.timeout(WAIT_MS[ask] ?? WAIT_MS_ELSE);
    const response = await fetch(new URL(PATH, url), { method: 'POST', headers, body, signal, redirect: 'error' });
    answer = Answer.parse(await response.json());
  } catch (cause) {
    throw unreachable('The process that responds does not answer', cause);
  }
  if (!('error' in answer)) return answer.answer;
  const { code, message, retriable } = answer.error;
  throw new TriplineError(code, message, { retriable });
}

export function unreachable(message: string, cause?: unknown): TriplineError {
  return new TriplineError('TRIPLINE_SERVER_UNREACHABLE', message, { cause, retriable: true });
}

/** Where other processes ask. `here` is undefined while this one does not respond. */
export function addAskRoute(app: FastifyInstance, key: Webhook, here: () => Asks | undefined): void {
  app.register(async (scope) => {
    // The signature is over the bytes.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    scope.post(PATH, async (request, reply) => {
      if (!isSigned(key, String(request.body), request.headers as Record<string, string>))
        return reply
          .code(401)
          .send({ error: { code: 'TRIPLINE_UNAUTHORISED', message: 'Not one of us', retriable: false } });
      try {
        const { ask, args } = Question.parse(JSON.parse(String(request.body)));
        const asks = here();
        if (asks === undefined) throw unreachable('This process does not respond at present');
        return { answer: (await (asks[ask] as (...all: unknown[]) => Promise<unknown>)(...args)) ?? null };
      } catch (error) {
        if (!(error instanceof TriplineError)) throw error;
        return { error: { code: error.code, message: error.message, retriable: error.retriable } };
      }
    });
  });
}

function isSigned(key: Webhook, body: string, headers: Record<string, string>): boolean {
  try {
    key.verify(body, headers);
    return true;
  } catch {
    return false;
  }
}
