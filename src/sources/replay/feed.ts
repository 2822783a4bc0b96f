import { createHash } from 'node:crypto';
import { basename } from 'node:path';

/** What the door takes as the name of a feed. */
export const FEED_NAME = /^[a-z0-9._-]{1,64}$/;

/** The name of a file as the name of its feed. What the door would not take is spelt otherwise, and told apart by a digest. */
export function feedOf(path: string): string {
  const name = basename(path);
  if (FEED_NAME.test(name)) return name;
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, '-');
  return `${plain.slice(0, 55)}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}
