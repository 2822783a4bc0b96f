import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Log, StateWrite } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Claims } from '../respond/revokers/caep/set.ts';
import type { SsfConfig } from './config.ts';

export const PUSH = 'urn:ietf:rfc:8935';
export const POLL = 'urn:ietf:rfc:8936';

export const Delivery = z.union([
  z.object({
    method: z.literal(PUSH),
    endpoint_url: z.url({ protocol: /^https?$/ }).max(2048),
    authorization_header: z.string().min(1).max(4096).optional(),
  }),
  z.object({ method: z.literal(POLL) }),
]);
export type Delivery = z.output<typeof Delivery>;

export const STATUSES = ['enabled', 'paused', 'disabled'] as const;

/** What is kept of a stream. The header of a push endpoint is the receiver's secret: never shown. */
export const Stream = z.object({
  stream_id: z.string(),
  /** Name of the receiver whose it is. */
  receiver: z.string(),
  delivery: Delivery,
  events_requested: z.array(z.string().max(512)).max(100),
  description: z.string().max(1000).optional(),
  status: z.enum(STATUSES),
  reason: z.string().max(1000).optional(),
});
export type Stream = z.output<typeof Stream>;

export interface Waiting {
  stream: Stream;
  /** Claims by jti, oldest first; signed when they leave. */
  events: Map<string, Claims>;
}

const SCOPE = 'ssf';
const streamKey = (id: string) => `stream/${id}`;
const eventKey = (id: string, seq: number) => `event/${id}/${String(seq).padStart(16, '0')}`;

export type Streams = Awaited<ReturnType<typeof openStreams>>;

/** The streams and what waits in them, in the state of the log: a receiver that was away has them after a restart too. */
export async function openStreams(log: Log, config: SsfConfig, metrics: Pick<Metrics, 'securityEvents'>) {
  const kept = await restore(log, config);
  const { streams, keys } = kept;
  const listeners = new Set<(stream_id: string) => void>();
  const tell = (stream_id: string) => {
    for (const listener of listeners) listener(stream_id);
  };
  const write = (state: StateWrite[]) => log.write({ state });
  const forget = (waiting: Waiting, jtis: Iterable<string>) => forgotten(waiting, jtis, keys);

  return {
    get: (stream_id: string) => streams.get(stream_id),
    of: (receiver: string) => [...streams.values()].filter(({ stream }) => stream.receiver === receiver),
    all: () => [...streams.values()],
    onEvent(listener: (stream_id: string) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async create(fields: Omit<Stream, 'stream_id' | 'status'>): Promise<Stream> {
      const stream: Stream = { ...fields, stream_id: randomUUID(), status: 'enabled' };
      await write([put(stream)]);
      streams.set(stream.stream_id, { stream, events: new Map() });
      return stream;
    },
    async update(waiting: Waiting, fields: Partial<Stream>): Promise<Stream> {
      const next = { ...waiting.stream, ...fields };
      // What was disabled must not be delivered when it is enabled again.
      const gone = next.status === 'disabled' ? forget(waiting, [...waiting.events.keys()]) : [];
      await write([put(next), ...gone]);
      waiting.stream = next;
      tell(next.stream_id);
      return next;
    },
    async remove(waiting: Waiting): Promise<void> {
      const { stream_id } = waiting.stream;
      streams.delete(stream_id);
      const gone = forget(waiting, [...waiting.events.keys()]);
      await write([{ scope: SCOPE, key: streamKey(stream_id), value: undefined }, ...gone]);
    },
    /** Adds events to streams, in one write with `more`. */
    async add(events: readonly { waiting: Waiting; claims: Claims }[], more: StateWrite[] = []): Promise<void> {
      const state = [...more];
      for (const { waiting, claims } of events) {
        const { stream, events: queue } = waiting;
        state.push(...forget(waiting, [claims.jti]));
        if (queue.size >= config.events_max) {
          metrics.securityEvents.inc({ receiver: stream.receiver, outcome: 'dropped' });
          state.push(...forget(waiting, [queue.keys().next().value!]));
        }
        const key = eventKey(stream.stream_id, ++kept.seq);
        queue.set(claims.jti, claims);
        keys.set(claims, key);
        state.push({ scope: SCOPE, key, value: Buffer.from(JSON.stringify(claims)) });
      }
      if (state.length > 0) await write(state);
      for (const { waiting } of events) tell(waiting.stream.stream_id);
    },
    /** The receiver has them, or says that it cannot do anything with them. */
    async done(waiting: Waiting, jtis: Iterable<string>, outcome: 'delivered' | 'refused'): Promise<void> {
      const gone = forget(waiting, jtis);
      if (gone.length === 0) return;
      metrics.securityEvents.inc({ receiver: waiting.stream.receiver, outcome }, gone.length);
      await write(gone);
    },
  };
}

interface Kept {
  streams: Map<string, Waiting>;
  /** Key of each waiting event. */
  keys: Map<Claims, string>;
  seq: number;
}

/** Streams of receivers that are configured still, with what waits in them. */
async function restore(log: Log, config: SsfConfig): Promise<Kept> {
  const kept: Kept = { streams: new Map(), keys: new Map(), seq: 0 };
  const late: [string, Claims][] = [];
  for await (const [key, value] of log.state(SCOPE)) {
    const parsed: unknown = JSON.parse(value.toString());
    if (key.startsWith('stream/')) {
      const stream = Stream.parse(parsed);
      if (stream.receiver in config.receivers) kept.streams.set(stream.stream_id, { stream, events: new Map() });
    } else late.push([key, parsed as Claims]);
  }
  for (const [key, claims] of late) {
    const [, id, number] = key.split('/') as [string, string, string];
    kept.seq = Math.max(kept.seq, Number(number));
    kept.streams.get(id)?.events.set(claims.jti, claims);
    kept.keys.set(claims, key);
  }
  return kept;
}

function put(stream: Stream): StateWrite {
  return { scope: SCOPE, key: streamKey(stream.stream_id), value: Buffer.from(JSON.stringify(stream)) };
}

function forgotten({ events }: Waiting, jtis: Iterable<string>, keys: Map<Claims, string>): StateWrite[] {
  const gone: StateWrite[] = [];
  for (const jti of jtis) {
    const claims = events.get(jti);
    if (claims === undefined) continue;
    events.delete(jti);
    gone.push({ scope: SCOPE, key: keys.get(claims)!, value: undefined });
    keys.delete(claims);
  }
  return gone;
}
