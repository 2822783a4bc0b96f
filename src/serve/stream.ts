import type { FastifyInstance } from 'fastify';
import { ALERT } from '../alert/alert.ts';
import { toJson } from '../event/json.ts';
import type { Live, LiveItem } from '../live/live.ts';
import { ORDER } from '../order/order.ts';

const KEEP_ALIVE_MS = 15_000;
/** A reader that falls this far behind is let go: it reconnects and reads the lists. */
const BUFFER_BYTES_MAX = 1 << 20;

/** `GET /api/stream`: server-sent events `alert` and `revocation`, from now on. */
export function addStreamRoute(app: FastifyInstance, live: Live, streams_max: number): void {
  const closers = new Set<() => void>();
  app.addHook('preClose', async () => {
    for (const close of closers) close();
  });
  app.get('/api/stream', (_request, reply) => {
    if (closers.size >= streams_max) {
      return reply
        .code(429)
        .header('retry-after', 5)
        .send({ error: 'too_many_streams', message: `At most ${streams_max} live streams` });
    }
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    raw.write(': following\n\n');
    const unlisten = live.listen((item) => {
      raw.write(eventText(item));
      if (raw.writableLength > BUFFER_BYTES_MAX) close();
    });
    const keepAlive = setInterval(() => raw.write(': still here\n\n'), KEEP_ALIVE_MS);
    const close = () => {
      unlisten();
      clearInterval(keepAlive);
      closers.delete(close);
      raw.end();
    };
    closers.add(close);
    raw.on('close', close);
  });
}

/** JSON has no raw line breaks, so one data line carries it whole. */
function eventText(item: LiveItem): string {
  const row = item.type === 'alert' ? toJson(ALERT, item.row) : toJson(ORDER, item.row);
  return `event: ${item.type}\ndata: ${JSON.stringify(row)}\n\n`;
}
