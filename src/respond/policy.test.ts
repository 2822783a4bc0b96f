import { describe, expect, it } from 'vitest';
import { loadPolicy, OBSERVE_ALL } from './policy.ts';

const rule = (lines: string) => `version: 1\nrules:\n  - name: first\n    ${lines}`;

const CAPS = {
  tenant_orders_max: 100,
  receiver_orders_max: 200,
  producer_orders_max: 20,
  fleet_share_max: 0.25,
  fleet_orders_min: 10,
};

describe('a policy', () => {
  it('fills what a rule leaves out from its defaults, and what those leave out from safe values', () => {
    const policy = loadPolicy(`
version: 1
protected: { agents: ['ci-*'] }
defaults: { receivers: [idp], caps: { orders_max: 3 } }
rules:
  - name: replay
    match: { detector: token-replay }
    mode: enforce
    caps: { interval_ms: 60000 }
  - name: rest
    receivers: []
`);
    expect(policy.protected).toEqual({ agents: ['ci-*'], credentials: [] });
    expect(policy.rules).toEqual([
      {
        name: 'replay',
        match: { detector: ['token-replay'] },
        mode: 'enforce',
        action: 'revoke',
        receivers: ['idp'],
        proof: 'stream',
        grace_ms: 5000,
        hold_ms: 86_400_000,
        ladder_wait_ms: 60_000,
        cool_down_ms: 86_400_000,
        approvals_min: 1,
        suspend_ms: 3_600_000,
        caps: { orders_max: 3, interval_ms: 60_000, ...CAPS },
      },
      {
        name: 'rest',
        match: {},
        mode: 'observe',
        action: 'revoke',
        receivers: [],
        proof: 'stream',
        grace_ms: 5000,
        hold_ms: 86_400_000,
        ladder_wait_ms: 60_000,
        cool_down_ms: 86_400_000,
        approvals_min: 1,
        suspend_ms: 3_600_000,
        caps: { orders_max: 3, interval_ms: 600_000, ...CAPS },
      },
    ]);
  });

  it('carries a version that changes with its text and with nothing else', () => {
    const text = rule('mode: observe');
    expect(loadPolicy(text).version).toBe(loadPolicy(text).version);
    expect(loadPolicy(`${text}\n`).version).not.toBe(loadPolicy(text).version);
    expect(loadPolicy(text).version).toMatch(/^[0-9a-f]{12}$/);
  });

  it('takes one name or several, and JSON as well as YAML', () => {
    const text = JSON.stringify({ version: 1, rules: [{ name: 'a', match: { tenant: ['x', 'y'], reason: 'z' } }] });
    expect(loadPolicy(text).rules[0]!.match).toEqual({ tenant: ['x', 'y'], reason: ['z'] });
  });

  it('only observes where there is none', () => {
    expect(OBSERVE_ALL.rules).toMatchObject([{ match: {}, mode: 'observe', receivers: [] }]);
  });
});

describe('an error in a policy', () => {
  it.each<[what: string, text: string, says: string[]]>([
    ['no version', 'rules: []', ['version: nothing', 'expected 1']],
    ['nothing at all', '', ['version: nothing', 'expected 1']],
    ['another version', 'version: 2', ['version: 2', 'expected 1']],
    ['a list', '- a', ['top level: ["a"]', 'expected object']],
    [
      'a key that is not known',
      rule('moed: enforce'),
      ['rules.0.moed: "enforce"', 'expected one of name, match, mode'],
    ],
    ['two keys that are not known', rule('x: 1\n    y: 2'), ['rules.0.x: 1', 'rules.0.y: 2']],
    ['a cap that is not known', rule('caps: { max: 1 }'), ['rules.0.caps.max: 1', 'orders_max, interval_ms']],
    [
      'an unknown protection',
      'version: 1\nprotected: { agent: [a] }',
      ['protected.agent: ["a"]', 'agents, credentials'],
    ],
    ['a number for a name', rule('match: { detector: 7 }'), ['rules.0.match.detector: 7', 'expected a text']],
    ['an unknown severity', rule('match: { severity_min: awful }'), ['severity_min: "awful"', '"critical"']],
    ['an unknown mode', rule('mode: act'), ['rules.0.mode: "act"', '"observe"|"approve"|"enforce"']],
    ['a mode that was left empty', rule('mode:'), ['rules.0.mode: null', '"observe"|"approve"|"enforce"']],
    ['an unknown target', rule('target: host'), ['rules.0.target: "host"', '"credential"']],
    ['a negative grace', rule('grace_ms: -1'), ['rules.0.grace_ms: -1', 'expected number to be >=0']],
    ['a share above one', rule('caps: { fleet_share_max: 2 }'), ['fleet_share_max: 2', '<=1']],
    ['a rule that acts without a receiver', rule('mode: enforce'), ['rules.0.receivers: nothing', 'mode is enforce']],
    [
      'a name given twice',
      `${rule('mode: observe')}\n  - name: first`,
      ['rules.1.name: "first"', 'rules.0 has it too'],
    ],
    ['broken YAML', 'rules: [', ['not YAML']],
    ['a key given twice', 'version: 1\nversion: 1', ['not YAML', 'unique']],
    ['two documents', 'version: 1\n---\nversion: 1', ['not YAML']],
    ['an alias without its anchor', 'version: 1\nrules: *x', ['not YAML', 'alias']],
  ])('says field, value and what was expected: %s', (_, text, says) => {
    expect(() => loadPolicy(text)).toThrow(expect.objectContaining({ code: 'TRIPLINE_POLICY_INVALID' }));
    for (const part of says) expect(() => loadPolicy(text)).toThrow(part);
  });

  it('is told for everything that is wrong at once, and cuts a long value', () => {
    const long = rule(`hold_ms: 1\n    proof: ${'p'.repeat(300)}`);
    expect(() => loadPolicy(long)).toThrow(/rules\.0\.proof: "p{99}\.\.\. cannot.*; rules\.0\.hold_ms: 1 cannot/);
  });

  it('refuses aliases that multiply, instead of filling memory', () => {
    const level = (name: string, of: string) => `${name}: &${name} [${Array(9).fill(`*${of}`).join(', ')}]\n`;
    const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${level('b', 'a')}${level('c', 'b')}${level('d', 'c')}`;
    expect(() => loadPolicy(bomb)).toThrow(expect.objectContaining({ code: 'TRIPLINE_POLICY_INVALID' }));
  });
});
