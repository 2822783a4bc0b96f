import { keyTest } from '../event/content.ts';
import { type AgentEvent, EVENT, RAW } from '../event/event.ts';
import { createFingerprints, type Fingerprints } from '../event/fingerprint.ts';
import type { Reject } from '../event/reject.ts';
import { explainRefusal, isPostedEvent, type Refusal } from '../event/validate.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { createClean } from './clean.ts';
import type { IngestConfig } from './config.ts';
import { createContents } from './contents.ts';
import { contradiction, type Draft, draftOf, finish, idOf, mark, setCredential, setTime } from './draft.ts';
import type { Hit } from './redact/redact.ts';
import { createShow } from './show.ts';

/** Doors that events come through. */
export type DoorName = 'events' | 'otlp_traces' | 'otlp_logs' | 'replay';

export interface AdmitContext {
  producer: string;
  /** The only tenant that the producer speaks for; '' or absent where it may name any. */
  tenant?: string;
  /** Patterns of the agents that it speaks for; empty or absent where it may name any. */
  agents?: readonly string[];
  door: DoorName;
  /** Epoch ms. */
  received: number;
  /** Place in its request. */
  index: number;
  /** Shared by the events of one request: tells equal events without ids apart. */
  occurrences?: Map<string, number>;
}

export interface AdmittedEvent {
  ok: true;
  event: AgentEvent;
  /** Characters of its texts: about what it weighs. */
  chars: number;
}
export interface RefusedEvent {
  ok: false;
  reject: Reject;
}
export type Admitted = AdmittedEvent | RefusedEvent;

export interface Admission {
  /** Makes a row of what was posted, or says why not. Nothing raw leaves it. */
  admit(posted: unknown, context: AdmitContext): Admitted;
  /** Records an event that was refused before it came here: unreadable, too large, or not to be mapped. */
  refuse(refusal: Refusal, context: AdmitContext): RefusedEvent;
}

export interface AdmissionDeps {
  /** Secret of the installation, 32 bytes. */
  secret: Buffer;
  config: IngestConfig;
  metrics: Metrics;
}

/** The one place where an event is checked, completed and stripped of secrets. */
export function createAdmission({ secret, config, metrics }: AdmissionDeps): Admission {
  const fingerprints = createFingerprints(secret);
  const isSecret = keyTest(config.secret_fields, config.not_secret_fields);
  const show = createShow(isSecret);
  const contents = createContents(fingerprints, config, isSecret);
  const clean = createClean(fingerprints, isSecret);

  const refuse = ({ field, expected, value }: Refusal, context: AdmitContext, body: string): RefusedEvent => {
    const name = show.name(field);
    metrics.eventsRejected.inc({ door: context.door, field: labelOf(field) });
    const { producer, door, index, received: time } = context;
    const got = show.got(value, field);
    return {
      ok: false,
      reject: { time, tenant: context.tenant || 'default', producer, door, index, field: name, expected, got, body },
    };
  };

  const admit = (posted: unknown, context: AdmitContext): Admitted => {
    if (!isPostedEvent(posted)) return refuse(explainRefusal(posted), context, show.body(posted));
    const wrong = contradiction(posted, context);
    if (wrong !== undefined) return refuse(wrong, context, show.body(posted));
    const hits: Hit[] = [];
    const draft = draftOf(posted);
    const { row } = draft;
    if (setTime(draft, posted, context.received, config.skew_max_ms))
      metrics.clockSkew.inc({ producer: context.producer.replace(/\/.*/, '') });
    setCredential(draft, posted, fingerprints);
    if (contents(row, posted, hits)) mark(draft, 'truncated');
    row.event_id = posted.event_id ?? idOf(posted, context.occurrences ?? new Map(), fingerprints);
    row.tenant = context.tenant || posted.tenant || 'default';
    row.producer = context.producer;
    const chars = clean(row, posted.token, hits);
    if (hits.length > 0) expose(draft, hits, fingerprints, metrics);
    finish(draft, config);
    return { ok: true, event: row as unknown as AgentEvent, chars };
  };

  return {
    admit,
    refuse: (refusal, context) =>
      refuse(refusal, context, typeof refusal.value === 'string' ? show.unreadable(refusal.value) : ''),
  };
}

const SECRETS_MAX = 8;

/** Marks an event in which secrets stood, with their fingerprints: the same that a use of them as a token has. */
function expose(draft: Draft, hits: readonly Hit[], fingerprints: Fingerprints, metrics: Metrics): void {
  mark(draft, 'secret_exposure');
  if (hits.every(({ rule }) => rule === 'field')) mark(draft, 'exposed_by_name');
  const found = new Set<string>();
  for (const { rule, secret, where } of hits) {
    if (where !== undefined) mark(draft, `exposed_in_${where}`);
    metrics.secretsFound.inc({ rule });
    if (found.size < SECRETS_MAX) found.add(fingerprints.credential(secret));
  }
  draft.own.secret_fingerprint = [...found].join(',');
}

const KNOWN = new Set([...EVENT.columns.map(({ name }) => name), ...Object.keys(RAW)]);

/** Names from outside must not become labels: each would be a time series for ever. */
function labelOf(field: string): string {
  const top = field.split('.', 1)[0]!;
  if (top === '') return 'event';
  return KNOWN.has(top) ? top : 'unknown';
}
