import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keyTest } from '../event/content.ts';
import { EVENT } from '../event/event.ts';
import { rowOf } from '../event/field.ts';
import { createFingerprints } from '../event/fingerprint.ts';
import { createClean, createCleanAll } from './clean.ts';
import type { Hit } from './redact/redact.ts';

const fingerprints = createFingerprints(Buffer.alloc(32, 7));
const isSecret = keyTest(['password', 'api_key']);
const TOKEN = 'opaque-token-1';

/** Halves of secrets, and what makes them whole: most texts hold none, and many nearly one. */
const part = fc.constantFrom(
  ...['ghp_', 'a'.repeat(36), 'AKIA', '://u', ':', 'pass12', '@', 'host', ' ', '\n', 'password', '=', 'hunter22x'],
  ...['Bearer ', 'abcdef0123456789', '?token=', 'eyJ', 'hbGciOi1', '.', '\0', '\ud800', '😀', 'é', TOKEN, '"', '\\n'],
  ...['-----BEGIN PRIVATE KEY-----', 'Authorization', 'cookie: ', 'sid=12345678', 'bearer:', 'raw:', ''],
);
const text = fc.oneof(
  { weight: 4, arbitrary: fc.array(part, { maxLength: 5 }).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
);
const key = fc.oneof(fc.constantFrom('note', 'db_password', 'api_key'), text);
const map = fc.dictionary(key, text, { maxKeys: 3 });
const row = fc.record(
  {
    ...Object.fromEntries(
      ['agent_id', 'session', 'credential', 'target', 'user_agent', 'trace_id'].map((name) => [name, text]),
    ),
    scope_tools: fc.array(text, { maxLength: 3 }),
    attributes: map,
    credential_handles: map,
  },
  { requiredKeys: [] },
);

it('takes out of a row whatever the plain way takes out, and nothing else', () => {
  const [quick, plain] = [createClean(fingerprints, isSecret), createCleanAll(fingerprints, isSecret)];
  let changed = 0;
  let same = 0;
  fc.assert(
    fc.property(row, fc.constantFrom(undefined, TOKEN), (values, token) => {
      const before = rowOf(EVENT, values as object);
      const [a, b] = [{ ...before }, { ...before }];
      const [found, expected]: [Hit[], Hit[]] = [[], []];
      quick(a, token, found);
      plain(b, token, expected);
      expect(a).toEqual(b);
      expect(found).toEqual(expected);
      if (expected.length > 0) changed += 1;
      else same += 1;
    }),
    { numRuns: 20_000 },
  );
  expect(Math.min(changed, same)).toBeGreaterThan(2_000);
});
