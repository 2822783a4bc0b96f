import type { Json } from '../sources/files/format.ts';

/** One thing that is right or wrong to alert on: a run, a technique, a benign record, a scenario. */
export interface Case {
  id: string;
  /** Undefined where it is only reported apart. */
  truth: 'positive' | 'negative' | undefined;
  /** Reported apart under these names. */
  hard: readonly string[];
  groups: Readonly<Record<string, string>>;
  /** Last call at which an alert is still in time; undefined where any is. Counted from 0. */
  deadline?: number | undefined;
  /** Evidence of others in an alert does not speak for this case: an alert that also rests on a positive is about that. */
  yields?: boolean;
}

/** What a labelled corpus says: the only place where answers are read. */
export interface Labels {
  readonly format: 'agent_runs' | 'loops' | 'cloudtrail' | 'logons';
  matches(record: Json): boolean;
  /** The record without its answer, as a detector may see it. */
  blind(record: Json): Json;
  /** The case that a record belongs to; undefined where it is not scored. */
  caseOf(record: Json, index: number): Case | undefined;
}

export function labelOf(record: Json): Json {
  const { label } = record;
  return typeof label === 'object' && label !== null ? (label as Json) : {};
}

export function without(record: Json, ...names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}
