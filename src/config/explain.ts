import type * as z from 'zod';
import { createShow } from '../ingest/show.ts';

/** Whoever writes a secret where a reference to one belongs must not find it in a log. */
const show = createShow((name) => name === 'receivers');

/** What is wrong with an option: its path, what was expected and what was there. Wants an issue with its input. */
export function explain(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.');
  const shown = show.got(issue.input, path);
  // Quoted, because "30" is not 30.
  const got = typeof issue.input === 'string' ? JSON.stringify(shown) : shown;
  const expected = expectedOf(issue);
  return `${path || 'top level'}: ${expected === undefined ? issue.message : `expected ${expected}, got ${got}`}`;
}

/** Undefined where the message of the issue says it all: unknown options, and options that contradict each other. */
function expectedOf(issue: z.core.$ZodIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES.get(issue.expected) ?? issue.expected;
    case 'invalid_value':
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.map(String).join(', ')}`;
    case 'too_big':
      return `at most ${issue.maximum}${unitOf(issue.origin)}`;
    case 'too_small':
      return `at least ${issue.minimum}${unitOf(issue.origin)}`;
    default:
      return undefined;
  }
}

const TYPES = new Map<string, string>([
  ['object', 'a section of options'],
  ['record', 'a section of names'],
  ['array', 'a list'],
  ['string', 'a text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
]);

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' entries' : '';
}
