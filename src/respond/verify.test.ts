import { beforeEach, describe, expect, it } from 'vitest';
import type { AgentEvent } from '../event/event.ts';
import { RespondConfig } from './config.ts';
import { type Course, newCourse, type OrdersDeps } from './course.ts';
import { createFleet } from './fleet.ts';
import type { Entry } from './ledger.ts';
import { answered } from './orders.ts';
import type { RevokeResult } from './revoker.ts';
import { alertOf, eventOf, NOW, ordersDeps, policyOf, recordOf, sentEntry } from './testing.ts';
import { verify } from './verify.ts';

const GRACE_MS = 5000;
/** Just past the grace of an order that was accepted at NOW + 100. */
const LATE = NOW + 100 + GRACE_MS + 1;

let now: number;
let deps: OrdersDeps;
let entry: Entry;

beforeEach(() => {
  now = NOW;
  deps = ordersDeps({ clock: () => now });
  entry = sentEntry(deps);
});

const denied = { outcome: 'denied', error_status: 401, error_type: 'invalid_token' };

/** A use at `time` that reaches the log at once. */
function see(time: number, event: Partial<AgentEvent>, appended = time): Course {
  now = Math.max(now, time);
  const course = newCourse(deps);
  verify(course, createFleet(1000, 10), 3, recordOf(appended, [eventOf({ time, ...event })], 7));
  return course;
}

function answer(result: RevokeResult, receiver = 'first'): Course {
  now += 100;
  const course = newCourse(deps);
  answered(course, entry, { receiver, asked_for: 'sent' }, result);
  return course;
}
const accept = () => answer({ status: 'accepted', http_status: 200, proof: '{"active":false}' });
const statesIn = ({ outcome }: Course) => outcome.change.orders.map(({ state }) => state);

describe('an accepted order', () => {
  it('is confirmed by a use that was refused, and by nothing that the receiver says', () => {
    expect(statesIn(accept())).toEqual(['accepted']);
    expect(entry.order).toMatchObject({ proof: '{"active":false}', http_status: 200, who: 'first' });
    const course = see(LATE, { ...denied, event_id: 'evt_401' });
    expect(statesIn(course)).toEqual(['confirmed']);
    expect(entry.order).toMatchObject({ state: 'confirmed', who: 'stream', proof: 'evt_401' });
  });

  it("is confirmed by its receiver's proof only where the rule lets that count", () => {
    const trusting = sentEntry(deps, alertOf({ alert_id: 'alr_2', subject: 'jwt:x' }), policyOf({ proof: 'receiver' }));
    entry = trusting;
    expect(statesIn(accept())).toEqual(['accepted', 'confirmed']);
    entry = sentEntry(deps, alertOf({ alert_id: 'alr_3', subject: 'jwt:y' }), policyOf({ proof: 'receiver' }));
    expect(statesIn(answer({ status: 'accepted' }))).toEqual(['accepted']);
  });

  it('tells detectors once that the credential is gone', () => {
    const { events } = accept().outcome.change;
    expect(events).toMatchObject([
      { kind: 'lifecycle', lifecycle: 'credential_revoked', credential: 'jwt:abc', producer: 'tripline' },
    ]);
    expect(see(LATE, denied).outcome.change.events).toEqual([]);
  });

  it.each<[what: string, event: Partial<AgentEvent>]>([
    ['lacks a scope', { ...denied, error_status: 403, error_type: 'insufficient_scope' }],
    ['is throttled', { ...denied, error_status: 429, error_type: 'too_many' }],
    ['met a broken server', { outcome: 'error', error_status: 500 }],
    ['is not over', { outcome: 'pending' }],
    ['is of another tenant', { ...denied, tenant: 'other' }],
    ['is of another credential', { ...denied, credential: 'jwt:abd' }],
    ['is not a use', { ...denied, kind: 'lifecycle' }],
  ])('is not confirmed by what %s', (_, event) => {
    accept();
    expect(statesIn(see(LATE, event))).toEqual([]);
  });

  it.each([401, 403, 16, 7, 0])('is confirmed by status %i', (error_status) => {
    accept();
    expect(statesIn(see(LATE, { ...denied, error_status }))).toEqual(['confirmed']);
  });

  it('counts only reports of those who may prove something', () => {
    deps.config = RespondConfig.parse({ proof_producers: ['gate*'] });
    accept();
    expect(statesIn(see(LATE, { ...denied, producer: 'agent-1' }))).toEqual([]);
    expect(statesIn(see(LATE, { producer: 'agent-1' }))).toEqual([]);
    expect(statesIn(see(LATE, denied))).toEqual(['confirmed']);
  });
});

describe('a use before the order', () => {
  it.each<[what: string, time: number, appended: number]>([
    ['happened before it and came late', NOW - 1, LATE],
    ['happened at the same moment', NOW, LATE],
    ['was in the log before it, with a clock that is ahead', NOW + 60_000, NOW - 200],
  ])('proves nothing: it %s', (_, time, appended) => {
    accept();
    expect(statesIn(see(time, denied, appended))).toEqual([]);
    expect(statesIn(see(time, {}, appended))).toEqual([]);
  });
});

describe('a success after the revocation', () => {
  it('is no failure within the grace, by either clock', () => {
    accept();
    expect(statesIn(see(LATE - 1, {}))).toEqual([]);
    expect(statesIn(see(LATE, {}, LATE - 1))).toEqual([]);
    expect(statesIn(see(LATE - 1, {}, LATE))).toEqual([]);
    expect(statesIn(see(LATE, {}))).toEqual(['failed', 'escalated', 'sent']);
  });

  it.each([false, true])('asks the next receiver and tells somebody (confirmed before: %s)', (confirmed) => {
    accept();
    if (confirmed) see(LATE, denied);
    const course = see(LATE + 10, { event_id: 'evt_alive' });
    expect(course.outcome.change.orders).toMatchObject([
      { state: 'failed', receiver: 'first', who: 'stream', proof: 'evt_alive' },
      { state: 'escalated', receiver: 'second', attempt: 0, proof: '' },
      { state: 'sent', receiver: 'second', attempt: 1 },
    ]);
    expect(course.outcome.send).toEqual([{ entry, wait_ms: 0 }]);
    expect(course.outcome.change.alerts).toMatchObject([
      {
        detector: 'revocation-failed',
        reason: 'used_after_revocation',
        severity: 'critical',
        event_ids: ['evt_alive'],
        log_topic: 'credentials',
        log_partition: 3,
        log_offset: 7,
        threshold_name: 'grace_ms',
        threshold: GRACE_MS,
        observed: LATE + 10 - (NOW + 100),
      },
    ]);
  });

  it('leaves a person to act when no receiver is left', () => {
    accept();
    see(LATE, {});
    answer({ status: 'accepted' }, 'second');
    const course = see(now + GRACE_MS + 1, { event_id: 'evt_again' });
    expect(statesIn(course)).toEqual(['failed', 'irrevocable']);
    expect(course.outcome.change.alerts[0]!.summary).toContain('no receiver is left: act by hand');
    expect(statesIn(see(now + GRACE_MS + 1, {}))).toEqual([]);
  });
});

describe('a refusal before the receiver answered', () => {
  const early = () => see(NOW + 50, { ...denied, event_id: 'evt_early' });

  it('confirms when the receiver accepts', () => {
    expect(statesIn(early())).toEqual([]);
    expect(statesIn(accept())).toEqual(['accepted', 'confirmed']);
    expect(entry.order.proof).toBe('evt_early');
  });

  it('is kept with the order, so that a restart does not forget it', () => {
    expect(early().outcome.change.kept).toEqual([entry]);
    expect(entry.early_proof).toBe('evt_early');
  });

  it('says nothing once the credential was used with success again', () => {
    early();
    see(NOW + 60, {});
    expect(statesIn(accept())).toEqual(['accepted']);
  });
});

describe('an answer', () => {
  it('that comes when the order has moved on changes nothing', () => {
    accept();
    expect(statesIn(answer({ status: 'failed', detail: 'late' }))).toEqual([]);
    expect(statesIn(answer({ status: 'accepted' }, 'second'))).toEqual([]);
  });

  it('cannot write control characters or a novel into the history', () => {
    answer({ status: 'accepted', detail: `ok\u001b[2J${'x'.repeat(5000)}`, proof: 'p'.repeat(5000) });
    expect(entry.order.why).toMatch(/^ok \[2Jx+\.\.\.$/);
    expect(entry.order.why).toHaveLength(503);
    expect(entry.order.proof).toHaveLength(1003);
  });
});
