import { describe, expect, it } from 'vitest';
import { runDetector } from '../src/detect/testing.ts';
import type { AgentEvent } from '../src/event/event.ts';
import { packValue } from '../src/event/value-kind.ts';
import { lateralMovement } from './lateral-movement/index.ts';
import { retryStorm } from './retry-storm/index.ts';
import { sharedCredential } from './shared-credential/index.ts';
import { tokenReplay } from './token-replay/index.ts';
import { toolChaining } from './tool-chaining/index.ts';

/** Tripline took a credential away. What its holder is refused from then on is our own doing. */
type Some = Partial<AgentEvent>;
const HOUR = 3_600_000;
const CREDENTIAL = 'tl-hmac:1';

/** As respond appends it. */
const revoked: Some = {
  kind: 'lifecycle',
  lifecycle: 'credential_revoked',
  producer: 'tripline',
  agent_id: 'a',
  credential: CREDENTIAL,
  attributes: { order_id: 'ord_1', detector: 'tool-chaining', action: 'revoke' },
};
const dead: Some = { outcome: 'denied', error_type: 'invalid_token', error_status: 401 };
/** What the agent says about itself. */
const call = (more: Some = {}): Some => ({
  kind: 'tool_call',
  agent_id: 'a',
  session: 's',
  credential: CREDENTIAL,
  tool_name: 'read_record',
  tool_class: 'read',
  target: 'crm/1',
  args_digest: 'same',
  outcome: 'ok',
  ...more,
});
/** What the gateway says of a use. */
const use = (more: Some = {}): Some => ({
  kind: 'token_use',
  producer: 'gateway',
  agent_id: 'a',
  credential: CREDENTIAL,
  target: 'crm/1',
  source_ip: '198.51.100.7',
  user_agent: 'acme-sdk/1.2',
  outcome: 'ok',
  ...more,
});
const times = (count: number, event: Some): Some[] => Array.from({ length: count }, () => event);
const services = (count: number, event: Some): Some[] =>
  Array.from({ length: count }, (_, i) => ({ ...event, target: `service-${i}/x` }));
const past = [...times(20, call()), ...times(20, use())];

/** The past lies two hours back, the rest comes at ten events a second. */
const timed = (events: readonly Some[], before: readonly Some[] = []): Some[] => [
  ...before.map((event, i) => ({ event_id: `p${i}`, time: 1_000_000 + i, ...event })),
  ...events.map((event, i) => ({ event_id: `e${i}`, time: 1_000_000 + 2 * HOUR + i * 100, ...event })),
];

describe("after Tripline's own revocation", () => {
  it.each([
    ['names the credential', {}],
    ['does not name it, as OpenTelemetry spans do not', { credential: '' }],
  ])('an agent that retries ten times is no retry storm, when it %s', (_, more) => {
    const refused = times(10, call({ ...dead, ...more }));
    const found = (events: readonly Some[]) => runDetector(retryStorm, {}, timed(events)).map(({ reason }) => reason);
    expect(found([revoked, ...refused])).toEqual([]);
    expect(found([revoked, ...times(10, use(dead))])).toEqual([]);
    // The same without it, and what another agent is refused, is one.
    expect(found(refused)).toEqual(['exact_repeat']);
    expect(found([revoked, ...refused.map((event) => ({ ...event, agent_id: 'b', credential: '' }))])).toEqual([
      'exact_repeat',
    ]);
  });

  it('refusals that name no credential are held to be ours only for a while, and only those of a dead one', () => {
    const unnamed = call({ ...dead, credential: '' });
    const found = (events: readonly Some[]) => runDetector(retryStorm, {}, timed(events)).map(({ reason }) => reason);
    const later = (ms: number) => times(4, unnamed).map((event) => ({ ...event, time: 1_000_000 + 2 * HOUR + ms }));
    expect(found([revoked, ...later(HOUR)])).toEqual([]);
    expect(found([revoked, ...later(HOUR + 1)])).toEqual(['exact_repeat']);
    expect(found([revoked, ...times(4, { ...unnamed, error_status: 403 })])).toEqual(['exact_repeat']);
    // A token that its own agent retired says nothing of the next one.
    expect(found([{ ...revoked, producer: 'idp' }, ...times(4, unnamed)])).toEqual(['exact_repeat']);
    const issued: Some = { ...revoked, lifecycle: 'credential_issued', producer: 'idp', credential: 'tl-hmac:2' };
    expect(found([revoked, issued, ...times(4, unnamed)])).toEqual(['exact_repeat']);
  });

  it('refusals at services that it had not reached before are no lateral movement', () => {
    const found = (events: readonly Some[]) => runDetector(lateralMovement, {}, timed(events, past)).length;
    for (const refused of [
      services(10, call(dead)),
      services(10, use(dead)),
      services(10, call({ ...dead, credential: '' })),
    ])
      expect([found([revoked, ...refused]), found(refused)]).toEqual([0, 1]);
  });

  it('refusals outside of a declared scope are none either', () => {
    const started: Some = {
      ...call(),
      kind: 'lifecycle',
      lifecycle: 'task_started',
      task: 't',
      scope_targets: ['crm/*'],
    };
    const refused = services(10, call({ ...dead, task: 't' }));
    const found = (events: readonly Some[]) => runDetector(lateralMovement, {}, timed(events)).length;
    expect([found([started, revoked, ...refused]), found([started, ...refused])]).toEqual([0, 1]);
  });

  it('a dead credential that another agent tries everywhere is not shared any more', () => {
    const refused = services(10, use({ ...dead, agent_id: 'thief' }));
    const found = (events: readonly Some[]) => runDetector(sharedCredential, {}, timed(events, past)).length;
    expect([found([revoked, ...refused]), found(refused)]).toEqual([0, 1]);
  });

  it('refused uses are no replay from wherever they come, and an accepted one is the worst', () => {
    const thief = { source_ip: '203.0.113.9', user_agent: 'curl/8.9' };
    const refused = [...times(10, use(dead)), ...times(10, use({ ...dead, ...thief }))];
    const late: Some = { time: 1_000_000 + 2 * HOUR + 60_000 };
    const found = (events: readonly Some[]) =>
      runDetector(tokenReplay, {}, timed(events)).map(({ reason, severity }) => `${reason} ${severity}`);
    expect(found([use(), revoked, ...refused])).toEqual([]);
    expect(found([use(), revoked, ...refused, use({ ...dead, ...late })])).toEqual([]);
    expect(found([use(), revoked, ...refused, use(late)])).toEqual(['used_after_revocation critical']);
  });

  it('a chain whose last call is refused ten times has sent nothing', () => {
    const secret = packValue('secret', 1);
    const mallory = packValue('email', 2);
    const request = call({ kind: 'lifecycle', lifecycle: 'task_started', request_classes: ['read'] });
    const read = call({ tool_class: 'secret_read', result_values: [secret, mallory] });
    const send = call({ tool_name: 'send_mail', tool_class: 'send', args_values: [mallory, secret] });
    const found = (events: readonly Some[]) => runDetector(toolChaining, {}, timed(events)).length;
    const refused = times(10, { ...send, ...dead });
    expect(found([request, read, revoked, ...refused])).toEqual(0);
    expect(found([request, read, send])).toEqual(1);
  });
});
