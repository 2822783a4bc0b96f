import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import type { PostedEvent } from '../../src/event/event.ts';
import { traceRequest } from './otlp.ts';

/** Where to report, and as whom. */
export interface DoorTarget {
  ingestUrl: string;
  /** API key of the producer; without one the door decides who is speaking. */
  key?: string;
}

/** What became of the events that were pushed. */
export interface Delivery {
  accepted: number;
  rejected: number;
  /** Given up: the door was not there, or more were waiting than the limit. */
  lost: number;
}

/** Tells Tripline's door what happened: in order, in small batches, again when the door was busy. */
export interface DoorReporter {
  push(event: PostedEvent): void;
  /** Resolves when everything pushed so far was delivered or given up. */
  drain(): Promise<Delivery>;
}

export interface ReporterOptions {
  target: DoorTarget;
  /** `events`: JSON at /v1/events. `otlp`: spans at /v1/traces, as an OpenTelemetry SDK sends them. */
  form?: 'events' | 'otlp';
  /** How long an event may wait for others to share its request. */
  linger_ms?: number;
}

export const NOTHING: Readonly<Delivery> = { accepted: 0, rejected: 0, lost: 0 };
const WAITING_MAX = 10_000;
const BATCH_MAX = 200;
const ATTEMPTS_MAX = 7;
const RETRY_AFTER_MS_MAX = 5_000;
const TIMEOUT_MS = 10_000;

export function createDoorReporter({ target, form = 'events', linger_ms = 0 }: ReporterOptions): DoorReporter {
  const waiting: PostedEvent[] = [];
  let delivery: Delivery = { ...NOTHING };
  let running: Promise<void> | undefined;

  const run = async () => {
    await delay(linger_ms);
    while (waiting.length > 0) {
      const batch = waiting.splice(0, BATCH_MAX);
      // An answer that cannot be read leaves open what became of the batch.
      const told = await deliver(target, form, batch).catch(() => ({ ...NOTHING, lost: batch.length }));
      delivery = sum(delivery, told);
    }
    running = undefined;
  };
  return {
    push: (event) => {
      if (waiting.length >= WAITING_MAX) delivery = sum(delivery, { ...NOTHING, lost: 1 });
      else waiting.push(event);
      running ??= run();
    },
    drain: async () => {
      await running;
      return delivery;
    },
  };
}

export function sum(a: Delivery, b: Delivery): Delivery {
  return { accepted: a.accepted + b.accepted, rejected: a.rejected + b.rejected, lost: a.lost + b.lost };
}

/** A batch is sent as it is until the door answers: there, a repeated delivery changes nothing. */
async function deliver(target: DoorTarget, form: 'events' | 'otlp', batch: PostedEvent[]): Promise<Delivery> {
  const path = form === 'otlp' ? '/v1/traces' : '/v1/events';
  const body = JSON.stringify(form === 'otlp' ? traceRequest(batch) : batch);
  for (let attempt = 1; ; attempt += 1) {
    const answer = await post(`${target.ingestUrl}${path}`, target.key, body);
    if (answer?.ok)
      return form === 'otlp' ? otlpDelivery(await answer.json(), batch) : eventsDelivery(await answer.json());
    await answer?.body?.cancel();
    const passing = answer === undefined || answer.status === 429 || answer.status >= 500;
    if (!passing) return { ...NOTHING, rejected: batch.length };
    if (attempt === ATTEMPTS_MAX) return { ...NOTHING, lost: batch.length };
    await delay(Math.max(40 * 2 ** attempt, retryAfterMs(answer)));
  }
}

function retryAfterMs(answer: Response | undefined): number {
  const asked_s = Number(answer?.headers.get('retry-after') ?? 0);
  return Number.isFinite(asked_s) ? Math.min(asked_s * 1000, RETRY_AFTER_MS_MAX) : 0;
}

async function post(url: string, key: string | undefined, body: string): Promise<Response | undefined> {
  const headers = { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) };
  return fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => undefined);
}

const EventsAnswer = z.object({ accepted: z.number(), duplicates: z.number(), rejected: z.array(z.unknown()) });
function eventsDelivery(answer: unknown): Delivery {
  const { accepted, duplicates, rejected } = EventsAnswer.parse(answer);
  return { accepted: accepted + duplicates, rejected: rejected.length, lost: 0 };
}

/** int64 is a text in OTLP's JSON. */
const TracesAnswer = z.object({ partialSuccess: z.object({ rejectedSpans: z.coerce.number().default(0) }).optional() });
function otlpDelivery(answer: unknown, batch: readonly PostedEvent[]): Delivery {
  const rejected = TracesAnswer.parse(answer).partialSuccess?.rejectedSpans ?? 0;
  return { accepted: batch.length - rejected, rejected, lost: 0 };
}
