import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ACTIONS, type Order } from '../../order/order.ts';
import { TARGETS } from '../policy.ts';
import type { Receiver, RevokeResult, Revoker } from '../revoker.ts';
import { patient } from './testing.ts';

export interface RevokerUnderTest {
  receiver: Receiver;
  /** The same receiver with a secret that is wrong. */
  stranger: Receiver;
  order: Order;
  /** Is what the order is about gone? */
  isGone(): Promise<boolean>;
  /** How often the receiver acted on the order. */
  acted(): number;
  down(): Promise<void>;
  up(): Promise<void>;
  /** How a refusal reads where no HTTP status says it. */
  refusal?: RegExp;
  /** What nobody may ever read in an answer. */
  secrets: readonly string[];
  close(): Promise<void>;
}

/** Registers the tests that every revoker passes, against a real receiver. */
export function testRevoker(revoker: Revoker, open: () => Promise<RevokerUnderTest>, way = ''): void {
  describe(`revoker contract: ${revoker.id}${way && `, ${way}`}`, () => {
    let underTest: RevokerUnderTest;
    const opened = async () => {
      underTest = await open();
      return underTest;
    };
    afterEach(async () => underTest?.close());
    describe('what it says of itself', () => testWords(revoker, opened));
    describe('revoking', () => testRevoking(opened));
    describe('trouble', () => testTrouble(opened));
  });
}

function testWords({ id, meta, config }: Revoker, open: () => Promise<RevokerUnderTest>): void {
  it('has a title, permissions, a proof and an example that parses', () => {
    expect([meta.title, meta.proof, ...meta.permissions].every((text) => text.length > 10)).toBe(true);
    expect(meta.permissions.length).toBeGreaterThan(0);
    expect(config.safeParse(meta.example).error).toBeUndefined();
    expect(meta.example.type).toBe(id);
  });

  it('knows its options, and refuses any other', () => {
    const { error } = config.safeParse({ ...meta.example, of_another_kind: 1 });
    expect(error?.issues.map(({ message }) => message).join()).toContain('of_another_kind');
  });

  it('describes every option', () => {
    expect(undescribed(z.toJSONSchema(config, { io: 'input' }), '')).toEqual([]);
  });

  it('states what it can do in terms that orders have, and undoes where it says so', async () => {
    const { receiver } = await open();
    const { actions, targets, undo } = receiver.capabilities;
    expect(ACTIONS).toEqual(expect.arrayContaining([...actions]));
    expect(TARGETS).toEqual(expect.arrayContaining([...targets]));
    expect(Math.min(actions.length, targets.length)).toBeGreaterThan(0);
    expect(receiver.undo !== undefined).toBe(undo);
  });
}

function testRevoking(open: () => Promise<RevokerUnderTest>): void {
  it('takes away what the order is about, once', async () => {
    const { receiver, order, isGone, acted } = await open();
    expect(await isGone()).toBe(false);
    expect(await receiver.revoke(order, patient())).toMatchObject({ status: 'accepted' });
    expect([await isGone(), acted()]).toEqual([true, 1]);
  });

  it('accepts the same order again, and nothing more happens', async () => {
    const { receiver, order, isGone, acted } = await open();
    await receiver.revoke(order, patient());
    expect(await receiver.revoke({ ...order, attempt: 2 }, patient())).toMatchObject({ status: 'accepted' });
    expect([await isGone(), acted()]).toEqual([true, 1]);
  });

  it('accepts the same order twice at once', async () => {
    const { receiver, order, isGone } = await open();
    const results = await Promise.all([1, 2].map((attempt) => receiver.revoke({ ...order, attempt }, patient())));
    expect(results.some(({ status }) => status === 'accepted')).toBe(true);
    expect(await isGone()).toBe(true);
  });

  it('can be tried without harm', async () => {
    const { receiver, isGone, acted } = await open();
    expect(await receiver.check(patient())).toMatch(/\S/);
    expect([await isGone(), acted()]).toEqual([false, 0]);
  });
}

function testTrouble(open: () => Promise<RevokerUnderTest>): void {
  it('fails for good when its secret is wrong, with a reason, and nothing happens', async () => {
    const { stranger, order, isGone, acted, refusal = /40[0-9]/ } = await open();
    const result = await stranger.revoke(order, patient());
    expect(result).toMatchObject({ status: 'failed', detail: expect.stringMatching(refusal) });
    expect([await isGone(), acted()]).toEqual([false, 0]);
  });

  it('asks for another attempt while the receiver is down, and succeeds when it is back', async () => {
    const { receiver, order, isGone, acted, down, up } = await open();
    await down();
    expect(await receiver.revoke(order, patient())).toMatchObject({ status: 'retry' });
    const unreachable = { code: 'TRIPLINE_RECEIVER_FAILED', retriable: true };
    await expect(receiver.check(patient())).rejects.toMatchObject(unreachable);
    await up();
    expect(await receiver.revoke(order, patient())).toMatchObject({ status: 'accepted' });
    expect([await isGone(), acted()]).toEqual([true, 1]);
  });

  it('does nothing and asks for another attempt when its time is over', async () => {
    const { receiver, order, isGone } = await open();
    expect(await receiver.revoke(order, AbortSignal.abort())).toMatchObject({ status: 'retry' });
    expect(await isGone()).toBe(false);
  });

  it('shows no secret, whatever happens', async () => {
    const { receiver, stranger, order, secrets, down } = await open();
    const said: (RevokeResult | string)[] = [await receiver.check(patient())];
    for (const asked of [stranger, receiver, receiver]) said.push(await asked.revoke(order, patient()));
    await down();
    said.push(await receiver.revoke(order, patient()));
    said.push(await receiver.check(patient()).catch((error: Error) => `${error.stack} ${error.cause}`));
    for (const secret of secrets) expect(JSON.stringify(said)).not.toContain(secret);
  });
}

interface JsonSchema {
  description?: string;
  properties?: Record<string, JsonSchema>;
}

/** Paths of the options that say nothing of themselves; the type is what everybody asked for. */
function undescribed(schema: z.core.JSONSchema.BaseSchema | JsonSchema, path: string): string[] {
  return Object.entries((schema as JsonSchema).properties ?? {}).flatMap(([name, option]) => {
    const own = option.description === undefined && name !== 'type' ? [`${path}${name}`] : [];
    return [...own, ...undescribed(option, `${path}${name}.`)];
  });
}
