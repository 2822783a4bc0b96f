import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from '../sandbox/listen.ts';

export interface Posted {
  path: string;
  key: string | undefined;
  body: unknown;
}

/** A door that keeps what is posted and answers as the real one does. For tests of the sample alone. */
export async function startStubDoor(onPosted: (posted: Posted) => void) {
  const server = createServer(async (request, response) => {
    const body: unknown = JSON.parse(await text(request));
    const key = request.headers.authorization?.replace('Bearer ', '');
    const path = request.url ?? '';
    onPosted({ path, key, body });
    const events = path === '/v1/events';
    const answer = events ? { accepted: (body as unknown[]).length, duplicates: 0, rejected: [] } : {};
    response.writeHead(events ? 202 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  return listen(server);
}
