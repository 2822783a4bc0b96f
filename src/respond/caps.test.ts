import { describe, expect, it } from 'vitest';
import { createCaps } from './caps.ts';
import { createFleet } from './fleet.ts';
import { NOW, policyOf } from './testing.ts';

const ACME = { tenant: 'acme', receiver: 'idp', producers: ['gateway'] };
const ruleOf = (caps: object, name = 'rule') => policyOf({ name, caps }).rules[0]!;

describe('the cap of a rule', () => {
  const rule = ruleOf({ orders_max: 2, interval_ms: 1000, fleet_orders_min: 100 });

  it('refuses the order past it, and lets another go when the interval is over', () => {
    const caps = createCaps();
    const refused = (now: number) => caps.refusal(rule, ACME, now, 0) !== undefined;
    expect(refused(NOW)).toBe(false);
    caps.count('rule', ACME, NOW);
    expect(refused(NOW + 1)).toBe(false);
    caps.count('rule', ACME, NOW + 1);
    expect(refused(NOW + 2)).toBe(true);
    expect(refused(NOW + 999)).toBe(true);
    expect(refused(NOW + 1000)).toBe(false);
  });

  it('says how many there were and what is allowed', () => {
    const caps = createCaps();
    for (const at of [0, 1]) caps.count('rule', ACME, NOW + at);
    expect(caps.refusal(rule, ACME, NOW + 2, 0)).toBe('rule rule sent 2 orders within 1000 ms, and orders_max is 2');
  });

  it('counts each tenant and each rule apart', () => {
    const caps = createCaps();
    for (const at of [0, 1]) caps.count('rule', ACME, NOW + at);
    expect(caps.refusal(rule, { ...ACME, tenant: 'other' }, NOW + 2, 0)).toBeUndefined();
    expect(caps.refusal(ruleOf({ orders_max: 2, fleet_orders_min: 100 }, 'else'), ACME, NOW + 2, 0)).toBeUndefined();
  });
});

describe('what a cap counts', () => {
  const WIDE = { orders_max: 1000, fleet_orders_min: 1000, interval_ms: 1000 };
  it.each<[what: string, caps: object, other: object, says: string]>([
    ['a tenant', { tenant_orders_max: 2 }, { tenant: 'other' }, 'rules for acme sent 2 orders'],
    ['a receiver', { receiver_orders_max: 2 }, { receiver: 'vault' }, 'rules to idp sent 2 orders'],
    ['a source of evidence', { producer_orders_max: 2 }, { producers: ['sdk'] }, 'on the word of gateway rules sent 2'],
  ])('of %s is over all rules, and no other is held by it', (_, limit, other, says) => {
    const caps = createCaps();
    const rule = ruleOf({ ...WIDE, ...limit });
    for (const at of [0, 1]) caps.count(`rule-${at}`, ACME, NOW + at);
    expect(caps.refusal(rule, ACME, NOW + 2, 0)).toContain(says);
    expect(caps.refusal(rule, { ...ACME, ...other }, NOW + 2, 0)).toBeUndefined();
    expect(caps.refusal(rule, ACME, NOW + 1001, 0)).toBeUndefined();
  });

  it('of evidence takes all sources of one key for one', () => {
    const caps = createCaps();
    for (const at of [0, 1]) caps.count('rule', { ...ACME, producers: [`gateway/${at}`] }, NOW + at);
    const rule = ruleOf({ ...WIDE, producer_orders_max: 2 });
    expect(caps.refusal(rule, { ...ACME, producers: ['gateway/other'] }, NOW + 2, 0)).toContain('gateway/other');
  });

  it('of evidence holds an order when one of its sources is past it', () => {
    const caps = createCaps();
    for (const at of [0, 1]) caps.count('rule', ACME, NOW + at);
    const rule = ruleOf({ ...WIDE, producer_orders_max: 2 });
    expect(caps.refusal(rule, { ...ACME, producers: ['sdk', 'gateway'] }, NOW + 2, 0)).toContain('gateway');
  });
});

describe('the share of the live fleet', () => {
  const rule = ruleOf({ orders_max: 1000, fleet_share_max: 0.1, fleet_orders_min: 2 });
  const refusalAfter = (orders: number, fleet: number) => {
    const caps = createCaps();
    for (let i = 0; i < orders; i++) caps.count(`rule-${i}`, ACME, NOW + i);
    return caps.refusal(rule, ACME, NOW + orders, fleet);
  };

  it.each([
    [1, 0, true],
    [2, 0, false],
    [2, 29, false],
    [2, 30, true],
    [3, 30, false],
    [9, 100, true],
    [10, 100, false],
  ])('over all rules: after %i orders and with %i agents another one may go: %s', (orders, fleet, may) => {
    expect(refusalAfter(orders, fleet) === undefined).toBe(may);
  });

  it('names share, fleet and what they allow', () => {
    expect(refusalAfter(3, 30)).toContain('fleet_share_max 0.1 of 30 live agents (at least 2) allows 3');
  });
});

describe('telling somebody', () => {
  it('happens once per rule, tenant and interval', () => {
    const caps = createCaps();
    const rule = ruleOf({ interval_ms: 1000 });
    const tries = [0, 1, 999, 1000, 1001].map((at) => caps.mayTell(rule, 'acme', NOW + at));
    expect(tries).toEqual([true, false, false, true, false]);
    expect(caps.mayTell(rule, 'other', NOW + 1001)).toBe(true);
    expect(caps.mayTell(ruleOf({}, 'else'), 'acme', NOW + 1001)).toBe(true);
  });
});

describe('the live fleet', () => {
  it('is the agents of a tenant seen within the window', () => {
    const fleet = createFleet(1600, 10);
    fleet.add('acme', 'a', NOW);
    fleet.add('acme', 'b', NOW + 800);
    fleet.add('other', 'c', NOW + 800);
    fleet.add('acme', 'a', NOW + 900);
    expect(fleet.size('acme', NOW + 900)).toBe(2);
    expect(fleet.size('acme', NOW + 2400)).toBe(1);
    expect(fleet.size('acme', NOW + 2500)).toBe(0);
    expect(fleet.size('none', NOW)).toBe(0);
  });

  it('counts no more agents than its limit, until old ones are gone', () => {
    const fleet = createFleet(1600, 2);
    for (const agent of ['a', 'b', 'c']) fleet.add('acme', agent, NOW);
    expect(fleet.size('acme', NOW)).toBe(2);
    fleet.add('acme', 'd', NOW + 1600);
    expect(fleet.size('acme', NOW + 1600)).toBe(1);
  });
});
