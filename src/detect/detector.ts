import type { OperatorFunction } from 'rxjs';
import type * as z from 'zod';
import type { Maturity, Severity, SubjectKind } from '../alert/alert.ts';
import type { AgentEvent, EventField, EventKind } from '../event/event.ts';
import type { AttackEvent, AttackRun } from './attack.ts';
import type { Windows } from './windows/windows.ts';

export interface DetectorMeta {
  title: string;
  maturity: Maturity;
  severity: Severity;
  /** What it detects, in two or three sentences. */
  detects: string;
  misses: readonly string[];
  false_positives: readonly string[];
  /** What an analyst does, step by step. */
  triage: readonly string[];
  /** Ids only, of detectors/taxonomy.ts. */
  attack: readonly string[];
  atlas: readonly string[];
  asi: readonly string[];
  nhi: readonly string[];
  safe_mcp: readonly string[];
}

/** A judgement: what is about whom, and what shows it. The runtime makes the alert, its id and its latency of it. */
export interface Finding {
  /** Which of the detector's judgements fired, for example `exact_repeat`. */
  reason: string;
  subject_kind: SubjectKind;
  subject: string;
  severity?: Severity;
  /** 0 to 1. */
  confidence: number;
  /** One sentence that a tired analyst understands, with the numbers. */
  summary: string;
  /** Event ids, oldest first; the crossing event is the last. */
  event_ids: readonly string[];
  /** Who reported the evidence; the runtime adds the producer of the crossing event. */
  producers?: readonly string[];
  window_from: number;
  window_to: number;
  threshold_name: string;
  threshold: number;
  observed: number;
  evidence?: Readonly<Record<string, string>>;
  /** Overrides: by default the alert carries agent, session, task, credential and handles of the event being handled. */
  about?: Partial<
    Pick<
      AgentEvent,
      'tenant' | 'agent_id' | 'agent_instance' | 'session' | 'task' | 'credential' | 'credential_handles'
    >
  >;
}

/** One plain object in detectors/<id>/. Adding one touches its folder and one line of detectors/index.ts. */
export interface Detector<C extends z.ZodType = z.ZodType> {
  readonly id: string;
  /** Raised when the same events would give other findings. Part of every alert id. */
  readonly version: number;
  readonly meta: DetectorMeta;
  /** Strict object; every option described, defaulted, with its unit in its name. */
  readonly config: C;
  /** Decides which topic feeds it: all events of one agent, or all uses of one credential. */
  readonly key: 'agent' | 'credential';
  /** Columns it reads. For key `credential` the topic carries these only (and event_id, time, received, kind, tenant, producer, credential). */
  readonly columns: readonly EventField[];
  /** Kinds of events that it looks at; all where absent. It is not asked about others. */
  readonly kinds?: readonly EventKind[];
  /** It sees an event when the others have judged it, so that `windows.underAlert` knows; what it finds puts nothing under alert. */
  readonly after_others?: boolean;
  /** What a selftest posts; every shipped detector has one. */
  attack?(run: AttackRun<z.output<C>>): readonly AttackEvent[];
  /** Rows are valid only during the call: what must be kept is kept by an operator. */
  detect(config: z.output<C>, windows: Windows): OperatorFunction<AgentEvent, Finding>;
}

/** Checks a detector's types without widening them. */
export function detector<C extends z.ZodType>(definition: Detector<C>): Detector<C> {
  return definition;
}
