import { plain } from '../act/plain.ts';
import { ALERT, type Alert } from '../alert/alert.ts';
import { type AgentEvent, EVENT } from '../event/event.ts';
import { rowOf } from '../event/field.ts';
import { hashId } from './decide.ts';
import type { Entry } from './ledger.ts';

/** Where and when the use was seen that shows a failure. */
export interface Use {
  event_id: string;
  producer: string;
  time: number;
  partition: number;
  offset: number;
  appended: number;
}

interface Notice {
  detector: string;
  reason: string;
  severity: Alert['severity'];
  /** Makes the id, with the order. */
  cause: string;
  summary: string;
  threshold_name?: string;
  threshold?: number;
  observed?: number;
  use?: Use;
}

/** An alert of the response about itself. The same cause gives the same id. */
function noticeOf({ order }: Entry, now: number, notice: Notice): Alert {
  const { use, cause, ...said } = notice;
  const time = use?.time ?? now;
  const place = use && {
    log_topic: 'credentials',
    log_partition: use.partition,
    log_offset: use.offset,
    appended: use.appended,
  };
  return rowOf(ALERT, {
    ...said,
    ...place,
    alert_id: hashId('alr', [notice.detector, order.order_id, notice.reason, cause]),
    time,
    detected: now,
    tenant: order.tenant,
    detector_version: '1',
    maturity: 'stable',
    confidence: 1,
    subject_kind: order.target_kind,
    subject: order.target,
    agent_id: order.agent_id,
    credential: order.credential,
    credential_handles: order.credential_handles,
    event_ids: use === undefined ? [] : [use.event_id],
    producers: use === undefined ? [] : [use.producer],
    window_from: order.time,
    window_to: time,
    evidence: { order_id: order.order_id, alert_id: order.alert_id, receiver: order.receiver },
  });
}

/** The order failed, and either another receiver is asked now or none is left. */
export function failureNotice(entry: Entry, now: number, retry_limit_ms: number, failure: Failure): Alert {
  const { order } = entry;
  const { from, next, why, use } = failure;
  const asked = use === undefined ? Math.max(0, entry.asked_at && now - entry.asked_at) : use.time - entry.accepted_at;
  const then = next === undefined ? 'no receiver is left: act by hand' : `${next} is asked now`;
  return noticeOf(entry, now, {
    detector: 'revocation-failed',
    reason: use === undefined ? 'receivers_exhausted' : 'used_after_revocation',
    severity: 'critical',
    cause: `${from}/${entry.at}/${use?.event_id ?? ''}`,
    summary: `The ${order.action} of ${order.target_kind} ${plain(order.target, 200)} failed (${why}); ${then}.`,
    threshold_name: use === undefined ? 'retry_limit_ms' : 'grace_ms',
    threshold: use === undefined ? retry_limit_ms : entry.grace_ms,
    observed: asked,
    use,
  });
}

export interface Failure {
  from: string;
  next: string | undefined;
  why: string;
  use?: Use;
}

/** The first order that a cap holds; those that follow within the interval are in the list of held orders. */
export function capNotice(entry: Entry, now: number, why: string): Alert {
  const { order } = entry;
  return noticeOf(entry, now, {
    detector: 'revocation-held',
    reason: 'cap',
    severity: 'high',
    cause: String(now),
    summary: `Orders of rule ${order.rule} are held: ${why}. The first is about ${order.target_kind} ${plain(order.target, 200)}.`,
  });
}

/** A receiver did not take back what it had done, and is not asked again by itself. */
export function undoNotice(entry: Entry, now: number, why: string): Alert {
  const { order } = entry;
  return noticeOf(entry, now, {
    detector: 'revocation-failed',
    reason: 'undo_failed',
    severity: 'high',
    cause: `undo/${order.seq}`,
    summary: `${order.receiver} did not take back the ${order.action} of ${order.target_kind} ${plain(order.target, 200)} (${why}): act by hand, or ask again.`,
  });
}

/** Tells detectors that Tripline revoked a credential, so that what follows is not held against its holder. */
export function revokedEvent(entry: Entry, now: number): AgentEvent {
  return told(entry, now, 'revoked');
}

/** Tells them that it is good again. */
export function reinstatedEvent(entry: Entry, now: number): AgentEvent {
  return told(entry, now, 'reinstated');
}

function told({ order }: Entry, now: number, what: 'revoked' | 'reinstated'): AgentEvent {
  return rowOf(EVENT, {
    event_id: `${what}-${order.order_id}`,
    time: now,
    received: now,
    kind: 'lifecycle',
    lifecycle: `credential_${what}`,
    tenant: order.tenant,
    producer: 'tripline',
    agent_id: order.agent_id,
    credential: order.target,
    credential_handles: order.credential_handles,
    attributes: { order_id: order.order_id, detector: order.detector, action: order.action },
  });
}
