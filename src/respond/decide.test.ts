import { describe, expect, it } from 'vitest';
import type { Alert } from '../alert/alert.ts';
import { decide, orderId } from './decide.ts';
import { loadPolicy } from './policy.ts';
import { createSignals } from './signals.ts';
import { alertOf, NOW, policyOf, proposalOf } from './testing.ts';

describe('a match', () => {
  it.each<[match: object, alert: Partial<Alert>, fits: boolean]>([
    [{}, {}, true],
    [{ detector: 'token-replay' }, {}, true],
    [{ detector: 'token-*' }, {}, true],
    [{ detector: ['retry-storm', 'token-replay'] }, {}, true],
    [{ detector: 'retry-storm' }, {}, false],
    [{ reason: 'two_*' }, {}, true],
    [{ reason: '*' }, { reason: '' }, false],
    [{ tenant: 'acme' }, {}, true],
    [{ tenant: 'acme' }, { tenant: 'acme2' }, false],
    [{ agent: 'agent-*' }, {}, true],
    [{ agent: ['ci-*', 'agent-2'] }, {}, false],
    [{ credential_scheme: 'jwt' }, {}, true],
    [{ credential_scheme: 'jwt' }, { credential: 'jwt' }, false],
    [{ credential_scheme: '*' }, { credential: '' }, false],
    [{ maturity: 'stable' }, {}, true],
    [{ maturity: 'stable' }, { maturity: 'sandbox' }, false],
    [{ severity_min: 'high' }, { severity: 'high' }, true],
    [{ severity_min: 'high' }, { severity: 'critical' }, true],
    [{ severity_min: 'high' }, { severity: 'medium' }, false],
    [{ severity_min: 'info' }, { severity: 'never heard of' }, false],
    [{ confidence_min: 0.9 }, {}, true],
    [{ confidence_min: 0.91 }, {}, false],
    [{ detector: 'token-replay', tenant: 'other' }, {}, false],
  ])('%j on %j: %s', (match, alert, fits) => {
    expect(decide(alertOf(alert), { policy: policyOf({ match }) }).orders !== undefined).toBe(fits);
  });

  it('is decided by the first rule that fits', () => {
    const policy = loadPolicy(`
version: 1
rules:
  - { name: one, match: { detector: retry-storm } }
  - { name: two, match: { tenant: acme } }
  - { name: three }
`);
    expect(proposalOf(policy).rule.name).toBe('two');
    expect(proposalOf(policy, alertOf({ tenant: 'other' })).rule.name).toBe('three');
  });
});

describe('the target', () => {
  const session = { subject_kind: 'session', subject: 's-1', session: 's-1' } as const;
  it.each<[what: string, target: string | undefined, alert: Partial<Alert>, kind: string, id: string]>([
    ['the narrowest that the evidence has', undefined, session, 'credential', 'jwt:abc'],
    ['wider where there is no credential', undefined, { ...session, credential: '' }, 'session', 's-1'],
    ['the one that the rule names', 'agent', session, 'agent', 'agent-1'],
    ['the subject, where that is of the kind', 'session', { ...session, session: 's-2' }, 'session', 's-1'],
    ['an instance', 'agent_instance', { agent_instance: 'i-1' }, 'agent_instance', 'i-1'],
  ])('is %s', (_, target, alert, kind, id) => {
    const { head } = proposalOf(policyOf({ target }), alertOf(alert));
    expect([head.target_kind, head.target]).toEqual([kind, id]);
  });

  it('comes with its own handles only: those of another credential would kill the wrong one', () => {
    const other = proposalOf(policyOf(), alertOf({ subject: 'jwt:old', credential: 'jwt:new' }));
    expect(other.head).toMatchObject({ target: 'jwt:old', credential: 'jwt:old', credential_handles: {} });
    expect(proposalOf(policyOf()).head.credential_handles).toEqual({ jti: 'j-1', client_id: 'app-1' });
  });
});

describe('no order', () => {
  it.each<[why: string, rule: object, alert: Partial<Alert>]>([
    ['no rule fits the alert', { match: { detector: 'x' } }, {}],
    ['the alert is about a revocation', {}, { detector: 'revocation-failed' }],
    ['the alert is about a revocation', {}, { detector: 'revocation-held' }],
    ['the alert is about a producer, and a producer has nothing to revoke', {}, { subject_kind: 'producer' }],
    ['rule rule: the evidence names no session', { target: 'session' }, {}],
    [
      'rule rule: the evidence names no credential, session, agent_instance, agent',
      {},
      { subject: '', credential: '', agent_id: '' },
    ],
  ])('comes of it: %s', (none, rule, alert) => {
    expect(decide(alertOf(alert), { policy: policyOf(rule) })).toEqual({ none });
  });
});

describe('a proposal', () => {
  it('says who wants what and why', () => {
    const { head, why, producers } = proposalOf(policyOf({ action: 'suspend' }));
    expect(head).toMatchObject({ alert_id: 'alr_1', rule: 'rule', mode: 'enforce', action: 'suspend', tenant: 'acme' });
    expect(why).toBe('token-replay: One token was used in two places.');
    expect(producers).toEqual(['gateway']);
  });

  it.each(['sandbox', 'deprecated', ''] as const)('of a detector that is %j only observes', (maturity) => {
    const { head, why } = proposalOf(policyOf(), alertOf({ maturity }));
    expect(head.mode).toBe('observe');
    expect(why).toContain(`only observed: the detector is ${maturity || 'of unknown maturity'}`);
  });

  it('has the same id for the same alert, target and action, and another for each that differs', () => {
    const id = orderId('acme', 'credential', 'jwt:abc', 'revoke', 'alr_1');
    expect(proposalOf(policyOf()).head.order_id).toBe(id);
    const others = [
      orderId('acme2', 'credential', 'jwt:abc', 'revoke', 'alr_1'),
      orderId('acme', 'session', 'jwt:abc', 'revoke', 'alr_1'),
      orderId('acme', 'credential', 'jwt:abd', 'revoke', 'alr_1'),
      orderId('acme', 'credential', 'jwt:abc', 'suspend', 'alr_1'),
      orderId('acme', 'credential', 'jwt:abc', 'revoke', 'alr_2'),
      orderId('acme', 'credential', 'jwt:abcrevoke', '', 'alr_1'),
    ];
    expect(new Set([id, ...others]).size).toBe(7);
    // A webhook-id is signed as `id.timestamp.body`, so that it cannot hold a dot.
    expect(id).toMatch(/^ord_[0-9a-f]{32}$/);
  });
});

describe('a ladder', () => {
  const policy = policyOf({ ladder: ['notify', 'suspend', 'revoke'], ladder_wait_ms: 60_000 });
  const actionAfter = (standing: Record<string, [state: string, accepted_at: number]>) => {
    const current = ({ action }: { action: string }) => {
      const [state, accepted_at] = standing[action] ?? [];
      return state === undefined ? undefined : { order: { state }, accepted_at: accepted_at! };
    };
    const { orders } = decide(alertOf(), { policy, current, now: NOW });
    return orders![0]!.head.action;
  };
  const long_ago = NOW - 60_000;

  it.each<[what: string, standing: Parameters<typeof actionAfter>[0], action: string]>([
    ['begins with the mildest', {}, 'notify'],
    ['asks for the same while that is under way', { notify: ['sent', 0] }, 'notify'],
    ['takes a soon alert for the same story', { notify: ['accepted', long_ago + 1] }, 'notify'],
    ['climbs when a step had time to help', { notify: ['accepted', long_ago] }, 'suspend'],
    ['climbs on', { notify: ['accepted', 0], suspend: ['confirmed', long_ago] }, 'revoke'],
    ['stays at the top', { notify: ['accepted', 0], suspend: ['accepted', 0], revoke: ['accepted', 0] }, 'revoke'],
    ['passes over what no receiver can do', { notify: ['irrevocable', 0] }, 'suspend'],
    ['tries a step again that was taken back', { notify: ['undone', 0] }, 'notify'],
  ])('%s', (_, standing, action) => {
    expect(actionAfter(standing)).toBe(action);
  });
});

describe('independent signals', () => {
  it('of as many detectors as the rule wants, or the next rule decides', () => {
    const policy = loadPolicy(`
version: 1
rules:
  - { name: agreed, match: { signals_min: 2 } }
  - { name: alone }
`);
    const ruleOf = (signals: number) => decide(alertOf(), { policy, signals: () => signals }).orders![0]!.rule.name;
    expect([ruleOf(1), ruleOf(2), ruleOf(3)]).toEqual(['alone', 'agreed', 'agreed']);
  });

  const see = (...alerts: Partial<Alert>[]) => {
    const signals = createSignals(100);
    return alerts.map((alert) => signals.see(alertOf({ session: 's', ...alert }), 60_000));
  };
  it('are detectors, not alerts, that told of one credential, session or agent', () => {
    expect(see({}, {}, { detector: 'retry-storm' })).toEqual([1, 1, 2]);
    expect(see({}, { detector: 'retry-storm', credential: 'jwt:2', session: 't' })).toEqual([1, 2]);
    expect(see({}, { detector: 'retry-storm', credential: 'jwt:2', session: 't', agent_id: 'b' })).toEqual([1, 1]);
    expect(see({}, { detector: 'retry-storm', tenant: 'other' })).toEqual([1, 1]);
  });

  it('count within their time, and never what the response says of itself', () => {
    expect(see({}, { detector: 'retry-storm', time: NOW + 59_990 })).toEqual([1, 2]);
    expect(see({}, { detector: 'retry-storm', time: NOW + 59_991 })).toEqual([1, 1]);
    expect(see({ detector: 'revocation-failed' }, {})).toEqual([0, 1]);
  });
});
