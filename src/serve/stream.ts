import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { ACT } from '../act/act.ts';
import { ALERT } from '../alert/alert.ts';
import { toJson } from '../event/json.ts';
import { type Live, type LiveItem, RECENT_MAX } from '../live/live.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { ORDER } from '../order/order.ts';
import type { ServeConfig } from './config.ts';

const KEEP_ALIVE_MS = 15_000;
/** Told to a reader that asks for what came after an event which is no longer known: it reads the lists anew. */
const RESET = 'event: reset\ndata: {}\n\n';

const StreamQuery = z.strictObject({
  recent: z
    .string()
    .regex(/^\d{1,9}$/, 'a whole number')
    .transform((text) => Math.min(Number(text), RECENT_MAX))
    .default(0),
});

export interface StreamDeps {
  live: Live;
  metrics: Pick<Metrics, 'streams' | 'streamsDropped'>;
  config: ServeConfig;
}

/**
 * `GET /api/stream`: server-sent events `alert`, `revocation` and `act`, from now on. A reader that comes back with Last-Event-ID
 * gets what it missed; `?recent=N` starts with the latest N, which the lists may not have yet.
 */
export function addStreamRoute(app: FastifyInstance, { live, metrics, config }: StreamDeps): void {
  const closers = new Set<() => void>();
  app.addHook('preClose', async () => {
    for (const close of closers) close();
  });
  // A HEAD request would hold a stream open that nobody reads.
  app.get('/api/stream', { exposeHeadRoute: false }, (request, reply) => {
    const { recent } = StreamQuery.parse(request.query, { reportInput: true });
    if (closers.size >= config.streams_max) {
      metrics.streamsDropped.inc({ reason: 'too_many' });
      return reply
        .code(429)
        .header('retry-after', 5)
        .send({ error: 'too_many_streams', message: `At most ${config.streams_max} live streams` });
    }
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream',
      'x-accel-buffering': 'no',
    });
    raw.write(`: following\n\n${beginning(live, request.headers['last-event-id'], recent, config)}`);
    const close = follow(raw, live, config.stream_buffer_bytes_max, () =>
      metrics.streamsDropped.inc({ reason: 'slow' }),
    );
    closers.add(close);
    metrics.streams.set(closers.size);
    raw.on('close', () => {
      close();
      closers.delete(close);
      metrics.streams.set(closers.size);
    });
  });
}

/** What is written before the first new item. It leaves half of what may wait to the reader's own pace. */
function beginning(live: Live, lastId: string | string[] | undefined, recent: number, config: ServeConfig): string {
  const missed = typeof lastId === 'string' ? live.since(lastId) : undefined;
  const items = missed ?? (recent > 0 ? live.recent().slice(-recent) : []);
  const text = items.map(eventText).join('');
  const unknown = lastId !== undefined && missed === undefined;
  if (text.length > config.stream_buffer_bytes_max / 2) return RESET;
  return unknown ? RESET + text : text;
}

/** Writes each item until the returned function is called, or the reader is too far behind. */
function follow(raw: ServerResponse, live: Live, buffer_bytes_max: number, onSlow: () => void): () => void {
  const unlisten = live.listen((item) => {
    raw.write(eventText(item));
    if (raw.writableLength <= buffer_bytes_max) return;
    onSlow();
    stop();
    // Not `end`: that would wait for a reader that does not read.
    raw.destroy();
  });
  const keepAlive = setInterval(() => raw.write(': still here\n\n'), KEEP_ALIVE_MS);
  const stop = () => {
    unlisten();
    clearInterval(keepAlive);
  };
  return () => {
    stop();
    raw.end();
  };
}

/** JSON has no raw line breaks, so one data line carries it whole. */
function eventText(item: LiveItem): string {
  return `id: ${item.id}\nevent: ${item.type}\ndata: ${JSON.stringify(jsonOf(item))}\n\n`;
}

function jsonOf(item: LiveItem): Record<string, unknown> {
  if (item.type === 'alert') return toJson(ALERT, item.row);
  return item.type === 'act' ? toJson(ACT, item.row) : toJson(ORDER, item.row);
}
