import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import type { PostedEvent } from '../../src/event/event.ts';
import type { Delivery, ReportTarget } from './types.ts';

const WAITING_MAX = 10_000;
const BATCH_MAX = 200;
const ATTEMPTS_MAX = 8;
const TIMEOUT_MS = 10_000;

const DoorAnswer = z.object({ accepted: z.number(), duplicates: z.number(), rejected: z.array(z.unknown()) });

/** Tells Tripline's door what happened, in order, in small batches, again when the door was busy. */
export interface DoorReporter {
  push(event: PostedEvent): void;
  /** Resolves when everything pushed so far was delivered or given up. */
  drain(): Promise<Delivery>;
}

/**
 * @param linger_ms how long an event may wait for others to share its request
 * @param onRejected what the door said of an event it refused
 */
export function createDoorReporter(
  target: ReportTarget,
  linger_ms: number,
  onRejected: (reject: unknown) => void = () => {},
): DoorReporter {
  const waiting: PostedEvent[] = [];
  const delivery: Delivery = { accepted: 0, rejected: 0, lost: 0 };
  let running: Promise<void> | undefined;

  const run = async () => {
    if (linger_ms > 0) await delay(linger_ms);
    while (waiting.length > 0) {
      const batch = waiting.splice(0, BATCH_MAX);
      const answer = await deliver(target, batch);
      delivery.accepted += answer?.accepted ?? 0;
      delivery.rejected += answer?.rejected.length ?? 0;
      if (answer === undefined) delivery.lost += batch.length;
      answer?.rejected.forEach(onRejected);
    }
    running = undefined;
  };
  return {
    push: (event) => {
      if (waiting.length >= WAITING_MAX) delivery.lost += 1;
      else waiting.push(event);
      running ??= run();
    },
    drain: async () => {
      await running;
      return { ...delivery };
    },
  };
}

/** Undefined when the door did not take the batch in ATTEMPTS_MAX attempts. A repeated delivery changes nothing there. */
async function deliver(
  { ingestUrl, key }: ReportTarget,
  batch: PostedEvent[],
): Promise<z.output<typeof DoorAnswer> | undefined> {
  const body = JSON.stringify(batch);
  const headers = {
    'content-type': 'application/json',
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const answer = await fetch(`${ingestUrl}/v1/events`, {
      method: 'POST',
      headers,
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => undefined);
    if (answer?.status === 202) return DoorAnswer.parse(await answer.json());
    if (answer !== undefined && answer.status !== 429 && answer.status < 500) return undefined;
    await delay(50 * 2 ** attempt);
  }
  return undefined;
}
