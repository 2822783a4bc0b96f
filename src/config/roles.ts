import * as z from 'zod';

/** What a process does. All of them in one is the standard; many processes share the work where the log is on Kafka. */
export const ROLES = ['ingest', 'detect', 'respond', 'archive', 'serve'] as const;
export type Role = (typeof ROLES)[number];

export const Roles = z
  .array(z.enum(ROLES))
  .min(1)
  .default([...ROLES]);

interface Parts {
  roles: readonly Role[];
  workers: number;
  log: { kafka?: unknown };
  store: { clickhouse?: unknown };
}

/** Why these roles cannot be had with this log and this store; undefined where they can. */
export function whyNotRoles({ roles, workers, log, store }: Parts): string | undefined {
  if (workers > 1 && log.kafka === undefined) return `${workers} workers need a log that they share: set log.kafka`;
  if (workers > 1 && !roles.includes('ingest') && !roles.includes('detect'))
    return 'workers share out ingest and detect, and this process has neither';
  const missing = ROLES.filter((role) => !roles.includes(role));
  if (missing.length === 0) return undefined;
  if (log.kafka === undefined)
    return `without ${missing.join(', ')} another process has to do it, and for that the log has to be on Kafka: set log.kafka`;
  if (roles.includes('archive') !== roles.includes('serve') && store.clickhouse === undefined)
    return 'archive and serve in two processes need a store that both reach: set store.clickhouse';
  return undefined;
}

/** Folder of what all processes of an installation have in common. */
export function sharedDir({ shared_dir, data_dir }: { shared_dir?: string | undefined; data_dir: string }): string {
  return shared_dir ?? data_dir;
}
