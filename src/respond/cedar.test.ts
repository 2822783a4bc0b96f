import { describe, expect, it } from 'vitest';
import { decide, misfits } from './decide.ts';
import { loadPolicy } from './policy.ts';
import { alertOf, policyOf } from './testing.ts';

const rule = (cedar: string) => policyOf({ match: { cedar } });
const decided = (cedar: string, alert = alertOf()) => decide(alert, { policy: rule(cedar) }).orders?.length ?? 0;

describe('a Cedar condition', () => {
  it.each<[what: string, cedar: string, orders: number]>([
    ['a permit for everybody', 'permit (principal, action, resource);', 1],
    ['a permit for this agent', 'permit (principal == Agent::"agent-1", action, resource);', 1],
    ['a permit for another agent', 'permit (principal == Agent::"agent-2", action, resource);', 0],
    [
      'a permit for this credential',
      'permit (principal, action == Action::"respond", resource == Credential::"jwt:abc");',
      1,
    ],
    [
      'a forbid beside a permit',
      'permit (principal, action, resource); forbid (principal, action, resource) when { context.tenant == "acme" };',
      0,
    ],
    ['a share that is enough', 'permit (principal, action, resource) when { context.confidence_percent >= 90 };', 1],
    ['a share that is not', 'permit (principal, action, resource) when { context.confidence_percent > 90 };', 0],
    [
      'a handle',
      'permit (principal, action, resource) when { context.handles has client_id && context.handles.client_id like "app-*" };',
      1,
    ],
    ['a list', 'permit (principal, action, resource) when { context.producers.contains("gateway") };', 1],
    ['an error in its evaluation', 'permit (principal, action, resource) when { context.nothing == 1 };', 0],
  ])('with %s', (_, cedar, orders) => {
    expect(decided(cedar)).toBe(orders);
  });

  it('says in words why a rule does not fit', () => {
    const [{ match }] = rule('permit (principal, action, resource) when { context.nothing == 1 };').rules as [
      ReturnType<typeof rule>['rules'][0],
    ];
    expect(misfits(match, alertOf(), 1)[0]).toMatch(/^cedar could not be evaluated: .*nothing/);
    expect(misfits({ cedar: 'forbid (principal, action, resource);' }, alertOf(), 1)).toEqual([
      'cedar does not permit it',
    ]);
  });

  it('takes hostile ids for what they are', () => {
    const alert = alertOf({ agent_id: '"); permit (principal, action, resource); //', credential: 'jwt:"\\' });
    expect(decided('permit (principal == Agent::"agent-1", action, resource);', alert)).toBe(0);
    expect(decided('permit (principal, action, resource);', alert)).toBe(1);
  });

  it.each([
    ['is not Cedar', 'permit everything'],
    ['has no policy', '// nothing'],
  ])('that %s is refused when the policy is loaded, with its place', (_, cedar) => {
    const text = JSON.stringify({ version: 1, rules: [{ name: 'r', match: { cedar } }] });
    expect(() => loadPolicy(text)).toThrow(/rules\.0\.match\.cedar.*expected Cedar policies/s);
  });
});
