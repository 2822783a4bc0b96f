import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT, EVENT_KINDS, LIFECYCLES, OUTCOMES, PostedEvent, TOOL_CLASSES } from './event.ts';
import { eventJsonSchemaText } from './json-schema.ts';
import { explainRefusal, isPostedEvent } from './validate.ts';

const root = resolve(import.meta.dirname, '../..');

/** Texts around every limit, in every kind of character. */
const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ maxLength: 12, unit: 'binary' }),
  fc
    .tuple(
      fc.constantFrom('a', 'é', '😀', '\ud800', '\0', '\n'),
      fc.constantFrom(0, 1, 63, 64, 127, 128, 255, 256, 257, 512, 1024, 2048, 4096, 4097),
    )
    .map(([unit, times]) => unit.repeat(times)),
  fc.constantFrom('sha256:abc', 'x:', ':x', 'A:b', 'a:b\n', 'a:\n', 'jti:https://issuer#1', 'DE', 'de', 'DEU', 'DE\n'),
  fc.constantFrom(...EVENT_KINDS, ...OUTCOMES, ...LIFECYCLES, ...TOOL_CLASSES),
);
const time = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom(
    '2026-11-25T10:00:00Z',
    '2026-11-25T10:00:00+02:00',
    '2026-11-25T10:00Z',
    '2026-11-25T10:00:00',
    '2026-11-25 10:00:00Z',
    '2026-02-29T10:00:00Z',
    '2024-02-29T10:00:00.123456789Z',
    '2026-11-25T24:00:00Z',
    '2026-11-25T10:00:00z',
    '0000-01-01T00:00:00Z',
    '2026-11-25T10:00:00Z\n',
  ),
);
const number = fc.oneof(
  fc.integer({ min: -2, max: 70_000 }),
  fc.double(),
  fc.constantFrom(0, -0, 65535, 65536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 1e9, 1e9 + 1, 1e300),
);
const value = fc.oneof(
  { weight: 6, arbitrary: text },
  { weight: 3, arbitrary: time },
  { weight: 3, arbitrary: number },
  { weight: 2, arbitrary: fc.array(text, { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom(63, 64, 65, 256, 257).map((n) => new Array(n).fill('a')) },
  { weight: 2, arbitrary: fc.dictionary(text, text, { maxKeys: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(null, undefined, true, {}, [], JSON.parse('{"__proto__":"x"}')) },
  { weight: 1, arbitrary: fc.jsonValue() },
);
const names = [...Object.keys(EVENT.fields), 'token', 'args', 'result', 'request'];
const strange = fc.constantFrom('tool', 'toString', 'constructor', '__proto__', 'hasOwnProperty', '');
const name = fc.oneof({ weight: 30, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: strange });

/** A valid event of some kind with a few fields changed, so that both verdicts are common. */
const event = fc
  .tuple(
    fc.constantFrom(...EVENT_KINDS),
    fc.array(fc.tuple(name, value), { maxLength: 3 }),
    fc.array(fc.constantFrom('kind', 'agent_id', 'tool_name', 'outcome', 'lifecycle'), { maxLength: 1 }),
  )
  .map(([kind, changes, removed]) => {
    const made: Record<string, unknown> = { kind, agent_id: 'a' };
    if (kind === 'tool_call') Object.assign(made, { tool_name: 't', outcome: 'ok' });
    if (kind === 'token_use') made.outcome = 'denied';
    if (kind === 'lifecycle') made.lifecycle = 'task_started';
    for (const [key, changed] of changes)
      Object.defineProperty(made, key, { value: changed, enumerable: true, configurable: true, writable: true });
    for (const key of changes.length > 0 ? [] : removed) delete made[key];
    return made;
  });

describe('the check of the hot path', () => {
  it('accepts exactly what zod accepts', () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof({ weight: 20, arbitrary: event }, { weight: 1, arbitrary: value }), (posted) => {
        const verdict = PostedEvent.safeParse(posted).success;
        if (verdict) accepted += 1;
        else refused += 1;
        expect(isPostedEvent(posted)).toBe(verdict);
      }),
      { numRuns: 20_000, seed: 4 },
    );
    expect(accepted).toBeGreaterThan(2_000);
    expect(refused).toBeGreaterThan(2_000);
  });

  it.each([
    ['no kind', { agent_id: 'a' }, 'kind', 'one of tool_call, token_use, model_usage, lifecycle', undefined],
    ['not an object', 42, '', 'an object', 42],
    ['a missing field', { kind: 'tool_call', agent_id: 'a', outcome: 'ok' }, 'tool_name', 'a text', undefined],
    ['a wrong choice', { kind: 'token_use', outcome: 'fine' }, 'outcome', 'one of ok, error, denied, pending', 'fine'],
    [
      'a wrong type inside',
      { kind: 'token_use', outcome: 'ok', credential_handles: { jti: 7 } },
      'credential_handles.jti',
      'a text',
      7,
    ],
    ['a field of ours', { kind: 'token_use', outcome: 'ok', producer: 'x' }, 'producer', 'no field of this name', 'x'],
    [
      'a long text',
      { kind: 'model_usage', agent_id: 'a'.repeat(257) },
      'agent_id',
      'at most 256 characters',
      'a'.repeat(257),
    ],
    [
      'a time without offset',
      { kind: 'model_usage', agent_id: 'a', time: '2026-11-25T10:00:00' },
      'time',
      'an ISO 8601 time with Z or an offset',
      '2026-11-25T10:00:00',
    ],
    [
      'a fraction of a token',
      { kind: 'model_usage', agent_id: 'a', tokens_in: 1.5 },
      'tokens_in',
      'a whole number',
      1.5,
    ],
  ])('explains %s', (_what, posted, field, expected, got) => {
    expect(isPostedEvent(posted)).toBe(false);
    expect(explainRefusal(posted)).toEqual({ field, expected, value: got });
  });
});

describe('schema/agent-event.json', () => {
  it('is what the schema of the door gives', () => {
    expect(readFileSync(join(root, 'schema/agent-event.json'), 'utf8')).toBe(eventJsonSchemaText());
  });

  it('is checked by a script that a pipeline can call', () => {
    const run = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/generate-schema.ts', '--check'], {
      cwd: root,
    });
    expect(run.stderr.toString()).toBe('');
    expect(run.status).toBe(0);
  });
});
