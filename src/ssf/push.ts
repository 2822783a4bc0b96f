import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { pushSet } from '../respond/revokers/caep/push.ts';
import type { Claims } from '../respond/revokers/caep/set.ts';
import { refusedBy } from '../respond/revokers/result.ts';
import type { Signer } from '../signing/signer.ts';
import type { SsfConfig } from './config.ts';
import { PUSH, type Streams, type Waiting } from './streams.ts';

const RETRY_MS = 500;
const TIMEOUT_MS = 15_000;

export interface PushDeps {
  streams: Streams;
  signer: Signer;
  config: SsfConfig;
  logger: Logger;
}

/** Pushes what waits, one event after the other in each stream; one receiver that is away holds no other up. */
export function startPush(deps: PushDeps): () => Promise<void> {
  const { streams } = deps;
  const stop = new AbortController();
  const running = new Map<string, Promise<void>>();
  const wake = (stream_id: string) => {
    if (stop.signal.aborted || running.has(stream_id)) return;
    const done = pushAll(deps, stream_id, stop.signal).finally(() => {
      running.delete(stream_id);
      // What came while the last one was ending.
      if (isDue(streams.get(stream_id))) wake(stream_id);
    });
    running.set(stream_id, done);
  };
  const forget = streams.onEvent(wake);
  for (const { stream } of streams.all()) wake(stream.stream_id);
  return async () => {
    forget();
    stop.abort();
    await Promise.all(running.values());
  };
}

function isDue(waiting: Waiting | undefined): waiting is Waiting {
  if (waiting === undefined) return false;
  const { stream, events } = waiting;
  return stream.status === 'enabled' && stream.delivery.method === PUSH && events.size > 0;
}

async function pushAll(deps: PushDeps, stream_id: string, stop: AbortSignal): Promise<void> {
  const { streams, config, logger } = deps;
  for (let failures = 0; !stop.aborted; ) {
    const waiting = streams.get(stream_id);
    if (!isDue(waiting)) return;
    const claims = waiting.events.values().next().value!;
    const result = await push(deps, waiting, claims, stop);
    if (result === undefined) {
      failures = 0;
      await streams.done(waiting, [claims.jti], 'delivered');
    } else if (result.status === 'failed' && result.http_status === 400) {
      // RFC 8935: an event that is refused with 400 is not sent again.
      logger.warn({ receiver: waiting.stream.receiver, jti: claims.jti }, 'A security event was refused');
      await streams.done(waiting, [claims.jti], 'refused');
    } else {
      const asked_ms = 'retry_after_ms' in result ? (result.retry_after_ms ?? 0) : 0;
      const wait_ms = Math.max(asked_ms, RETRY_MS * 2 ** Math.min(failures++, 20));
      await delay(Math.min(wait_ms, config.push_retry_ms_max), undefined, { signal: stop }).catch(() => {});
    }
  }
}

/** Undefined when the receiver has it. */
async function push({ signer, config }: PushDeps, { stream }: Waiting, claims: Claims, stop: AbortSignal) {
  if (stream.delivery.method !== PUSH) return undefined;
  const { endpoint_url: url, authorization_header: authorization } = stream.delivery;
  const endpoint = { url, allow_private: config.allow_private, ...(authorization !== undefined && { authorization }) };
  return refusedBy(await pushSet(signer, claims, endpoint, AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)])));
}
