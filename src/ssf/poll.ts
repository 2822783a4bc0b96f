import * as z from 'zod';
import { SET_TYP } from '../respond/revokers/caep/push.ts';
import { parse } from './parse.ts';
import type { RouteDeps } from './routes.ts';
import { POLL, type Waiting } from './streams.ts';

const jti = z.string().min(1).max(512);
const Poll = z.object({
  maxEvents: z.int().min(0).optional(),
  returnImmediately: z.boolean().default(false),
  ack: z.array(jti).max(10_000).default([]),
  setErrs: z.record(jti, z.object({ err: z.string(), description: z.string().optional() })).default({}),
});

/** RFC 8936: forgets what is acknowledged or refused, and answers with what waits; where nothing does, once something comes. */
export async function pollOf(deps: Pick<RouteDeps, 'streams' | 'signer' | 'config'>, waiting: Waiting, body: unknown) {
  const { streams, signer, config } = deps;
  const { ack, setErrs, maxEvents = config.poll_events_max, returnImmediately } = parse(body, Poll);
  await streams.done(waiting, ack, 'delivered');
  await streams.done(waiting, Object.keys(setErrs), 'refused');
  const count = Math.min(maxEvents, config.poll_events_max);
  if (count > 0 && !returnImmediately && due(waiting).length === 0) await somethingComes(deps, waiting);
  const claims = due(waiting).slice(0, count);
  const sets = await Promise.all(claims.map(async (each) => [each.jti, await signer.sign(each, SET_TYP)] as const));
  return { sets: Object.fromEntries(sets), moreAvailable: due(waiting).length > claims.length };
}

function due({ stream, events }: Waiting) {
  return stream.status === 'enabled' && stream.delivery.method === POLL ? [...events.values()] : [];
}

function somethingComes({ streams, config }: Pick<RouteDeps, 'streams' | 'config'>, waiting: Waiting): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      forget();
      resolve();
    };
    const timer = setTimeout(end, config.poll_wait_ms_max);
    timer.unref();
    const forget = streams.onEvent((stream_id) => {
      if (stream_id === waiting.stream.stream_id && due(waiting).length > 0) end();
    });
  });
}
