import { createHash } from 'node:crypto';
import { parseDocument } from 'yaml';
import type * as z from 'zod';
import { TriplineError } from '../errors.ts';
import { type File, PolicyFile, type RuleFile } from './policy-file.ts';

export { TARGETS, type TargetKind } from './policy-file.ts';

/** A rule with every default filled in. */
export type Rule = Pick<RuleFile, 'name' | 'match' | 'target' | 'entitled_producers' | 'ladder'> & File['defaults'];

export interface Policy {
  /** Hash of the text: orders carry it. */
  version: string;
  protected: File['protected'];
  maintenance: File['maintenance'];
  signals_ms: number;
  rules: readonly Rule[];
}

/**
 * Parses a policy (YAML; JSON is YAML).
 * @throws TriplineError TRIPLINE_POLICY_INVALID: path, value and what was expected, for everything that is wrong
 */
export function loadPolicy(text: string): Policy {
  const parsed = PolicyFile.safeParse(read(text) ?? {}, { reportInput: true });
  if (!parsed.success) throw invalid(parsed.error.issues.flatMap(describe));
  const { defaults, rules } = parsed.data;
  return {
    version: createHash('sha256').update(text).digest('hex').slice(0, 12),
    protected: parsed.data.protected,
    maintenance: parsed.data.maintenance,
    signals_ms: parsed.data.signals_ms,
    rules: rules.map((rule) => complete(rule, defaults)),
  };
}

/** What holds without a policy file: every alert is recorded as what would have been done, and nothing is done. */
export const OBSERVE_ALL: Policy = loadPolicy('version: 1\nrules:\n  - name: observe-everything\n');

function complete({ caps, ...rule }: RuleFile, defaults: File['defaults']): Rule {
  const said = Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined));
  return { ...defaults, ...said, caps: { ...defaults.caps, ...caps } } as Rule;
}

function read(text: string): unknown {
  const document = parseDocument(text);
  const [broken] = document.errors;
  if (broken) throw invalid([`the text is not YAML: ${broken.message.split('\n')[0]}`]);
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    // An alias without its anchor, or aliases that multiply, show only here.
    throw invalid([`the text is not YAML that can be used: ${(cause as Error).message}`], cause);
  }
}

/** One sentence per wrong value; per unknown key where there are several. */
function describe(issue: z.core.$ZodIssue): string[] {
  const at = (path: readonly PropertyKey[], input: unknown) => {
    const value = JSON.stringify(input) ?? 'nothing';
    const short = value.length > 100 ? `${value.slice(0, 100)}...` : value;
    return `${path.join('.') || 'top level'}: ${short} cannot stand here: ${issue.message}`;
  };
  if (issue.code !== 'unrecognized_keys') return [at(issue.path, issue.input)];
  return issue.keys.map((key) => at([...issue.path, key], (issue.input as Record<string, unknown>)[key]));
}

function invalid(lines: string[], cause?: unknown): TriplineError {
  return new TriplineError('TRIPLINE_POLICY_INVALID', `The policy cannot be used: ${lines.join('; ')}`, { cause });
}
