import assert from 'node:assert';
import { toUSVString } from 'node:util';

/** Longest scope and key of a state entry together, UTF-8 bytes: LMDB keys are short. */
const STATE_KEY_BYTES_MAX = 1900;

/** A zero byte ends the scope, so that no scope is the beginning of another one's keys. */
export function stateKey(scope: string, key: string): Buffer {
  assert(!scope.includes('\0'), 'a scope has no zero character');
  assert(toUSVString(scope + key) === scope + key, 'scope and key are well-formed text');
  const bytes = Buffer.from(`${scope}\0${key}`);
  assert(bytes.length <= STATE_KEY_BYTES_MAX, `scope and key have at most ${STATE_KEY_BYTES_MAX} bytes`);
  return bytes;
}
