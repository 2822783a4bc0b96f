import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Addresses that the console draws by itself. */
const PAGES = [
  '/',
  '/alerts',
  '/alert',
  '/revocations',
  '/revocation',
  '/agents',
  '/agent',
  '/credential',
  '/map',
  '/health',
  '/rules',
];

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const NOT_BUILT = 'The console is not built: npm run build\n';

/** Serves the built console out of memory: a few files, whose names change with their content. */
export function addConsoleFiles(app: FastifyInstance, folder: string): void {
  const index = read(join(folder, 'index.html'));
  const page = (_request: unknown, reply: FastifyReply) =>
    index === undefined
      ? reply.code(503).type('text/plain; charset=utf-8').send(NOT_BUILT)
      : reply.type('text/html; charset=utf-8').send(index);
  for (const path of PAGES) app.get(path, page);
  for (const name of index === undefined ? [] : filesIn(folder)) {
    const body = read(join(folder, name));
    const type = TYPES[extname(name)] ?? 'application/octet-stream';
    app.get(`/${name}`, (_request, reply) => {
      if (name.startsWith('assets/')) reply.header('cache-control', 'public, max-age=31536000, immutable');
      return reply.type(type).send(body);
    });
  }
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter(
    (entry) => entry.isFile() && entry.name !== 'index.html' && extname(entry.name) in TYPES,
  );
  return files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
