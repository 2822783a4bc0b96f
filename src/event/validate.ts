import type * as z from 'zod';
import { type Check, compileCheck, type Schema } from './compile.ts';
import { PostedEvent } from './event.ts';
import { eventJsonSchema } from './json-schema.ts';

/** Why an event was refused. `value` is raw input: redact it before it is shown or stored. */
export interface Refusal {
  /** Path of the wrong field, for example `credential_handles.jti`; '' for the event as a whole. */
  field: string;
  expected: string;
  value: unknown;
}

const CHECKS = new Map<unknown, Check>(
  (eventJsonSchema().oneOf as (Schema & { properties: { kind: Schema } })[]).map((branch) => [
    branch.properties.kind.const,
    compileCheck(branch),
  ]),
);

/** The check of the hot path. `explainRefusal` says why it was false. */
export function isPostedEvent(value: unknown): value is PostedEvent {
  return CHECKS.get((value as { kind?: unknown } | null | undefined)?.kind)?.(value) ?? false;
}

/** Why zod refuses a value that `isPostedEvent` refused. */
export function explainRefusal(value: unknown): Refusal {
  const issue = PostedEvent.safeParse(value).error?.issues[0];
  if (issue === undefined) return { field: '', expected: 'an event of schema/agent-event.json', value };
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path;
  return { field: path.map(String).join('.'), expected: expectedOf(issue), value: valueAt(value, path) };
}

type Issue = z.core.$ZodIssue;

function expectedOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES.get(issue.expected) ?? issue.expected;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_union':
      return `one of ${PostedEvent.options.map((option) => option.shape.kind.value).join(', ')}`;
    case 'unrecognized_keys':
      return 'no field of this name';
    case 'too_big':
      return `at most ${issue.maximum}${unitOf(issue.origin)}`;
    case 'too_small':
      return `at least ${issue.minimum}${unitOf(issue.origin)}`;
    case 'invalid_format':
      return formatOf(issue);
    case 'invalid_key':
      return 'a key of 1 to 128 characters';
    default:
      return issue.message;
  }
}

const TYPES = new Map([
  ['object', 'an object'],
  ['record', 'an object'],
  ['array', 'an array'],
  ['string', 'a text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
]);

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' entries' : '';
}

function formatOf(issue: Extract<Issue, { code: 'invalid_format' }>): string {
  if (issue.format === 'datetime') return 'an ISO 8601 time with Z or an offset';
  return `a text of the form ${issue.pattern ?? issue.format}`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[step];
  }
  return at;
}
