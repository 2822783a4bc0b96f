import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import type { Order } from '../order/order.ts';
import type { Receiver, RevokeResult } from './revoker.ts';
import { webhook } from './revokers/webhook/index.ts';
import { alertOf, policyOf, raise } from './testing.ts';
import { respondBench } from './testing-bench.ts';

const bench = respondBench();
const secret = (letter: string) => `whsec_${Buffer.from(letter.repeat(32)).toString('base64')}`;
const SECRET = secret('f');

/** A webhook that is asked through `result`, and speaks by its real signature. */
function speaking(name: string, ...secrets: string[]): Receiver {
  for (const [i, each] of secrets.entries()) process.env[`FEEDBACK_${name}_${i}`] = each;
  const refs = secrets.map((_, i) => ({ env: `FEEDBACK_${name}_${i}` }));
  const config = webhook.config.parse({ type: 'webhook', url: 'https://idp.example/', secrets: refs });
  const { feedback } = webhook.create(config, name);
  return { ...bench.receiver(name, answers.shift()), feedback: feedback! };
}
let answers: RevokeResult[] = [];

const said = (order_id: string, status: string, more: object = {}) => ({
  type: 'tripline.revocation.feedback',
  data: { order_id, status, ...more },
});

/** Posts as a receiver does. */
function post(payload: object, by = SECRET, at = new Date()) {
  const body = JSON.stringify(payload);
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(by).sign('msg_1', at, body),
  };
  return bench.respond.feedback(headers, body);
}

async function ordered(state: string, rule: object = {}, receivers = ['first']): Promise<string> {
  const each = Object.fromEntries(
    receivers.map((name) => [name, speaking(name, name === 'first' ? SECRET : secret(name[0]!))]),
  );
  await bench.start({ policy: policyOf({ receivers, ...rule }), receivers: each });
  await raise(bench.log, alertOf());
  return (await bench.reaches(state))[0]!.order_id;
}
const states = async (last: string) => (await bench.reaches(last)).map(({ state, who }: Order) => `${state} ${who}`);

describe('what a receiver says after its answer', () => {
  it('confirms where the rule lets its word count, once', async () => {
    const order_id = await ordered('accepted', { proof: 'receiver' });
    const heard = { order_id, state: 'confirmed', changed: true };
    expect(await post(said(order_id, 'confirmed', { proof: { dead: true } }))).toEqual(heard);
    expect((await bench.reaches('confirmed')).at(-1)).toMatchObject({ who: 'first', proof: '{"dead":true}' });
    expect(await post(said(order_id, 'confirmed', { proof: 1 }))).toEqual({ ...heard, changed: false });
  });

  it('does not confirm where only the stream proves', async () => {
    const order_id = await ordered('accepted', { proof: 'stream' });
    const heard = await post(said(order_id, 'confirmed', { proof: true }));
    expect(heard).toEqual({ order_id, state: 'accepted', changed: false });
  });

  it('that it will not do it has the next one asked', async () => {
    const order_id = await ordered('accepted', {}, ['first', 'second']);
    await post(said(order_id, 'refused', { detail: 'no such client\nhere' }));
    const rows = await bench.reaches('accepted');
    expect(rows.map(({ state, receiver }) => `${state} ${receiver}`).slice(-4)).toEqual([
      'failed first',
      'escalated second',
      'sent second',
      'accepted second',
    ]);
    expect(rows.find(({ state }) => state === 'failed')!.why).toBe('no such client here');
    // It is not its order any more.
    await expect(post(said(order_id, 'undone'))).rejects.toMatchObject({ code: 'TRIPLINE_ORDER_REFUSED' });
  });

  it('that it took it back by itself ends the order, and the receiver is not asked for it', async () => {
    const order_id = await ordered('accepted');
    await post(said(order_id, 'undone'));
    expect((await states('undone')).slice(-2)).toEqual(['undo_requested first', 'undone first']);
    expect(bench.asked).toHaveLength(1);
  });

  it('answers for a request that is tried again', async () => {
    answers = [{ status: 'retry', detail: 'later', retry_after_ms: 3_600_000 }];
    const order_id = await ordered('sent');
    await post(said(order_id, 'confirmed'));
    expect((await states('accepted')).at(-1)).toBe('accepted first');
  });

  it.each<[what: string, payload: () => object, by: string, at: Date, code: string]>([
    ['a secret of nobody', () => said('x', 'undone'), secret('n'), new Date(), 'TRIPLINE_UNAUTHORISED'],
    ['a time long ago', () => said('x', 'undone'), SECRET, new Date(Date.now() - 600_000), 'TRIPLINE_UNAUTHORISED'],
    ['another status', () => said('x', 'sent'), SECRET, new Date(), 'TRIPLINE_INPUT_UNREADABLE'],
    ['another type', () => ({ type: 'x' }), SECRET, new Date(), 'TRIPLINE_INPUT_UNREADABLE'],
    ['an order of nobody', () => said('x', 'undone'), SECRET, new Date(), 'TRIPLINE_ORDER_REFUSED'],
  ])('is not taken with %s', async (_, payload, by, at, code) => {
    await ordered('accepted');
    await expect(post(payload(), by, at)).rejects.toMatchObject({ code });
  });

  it('is not taken from one receiver about an order of another', async () => {
    const order_id = await ordered('accepted', {}, ['first', 'second']);
    await expect(post(said(order_id, 'undone'), secret('s'))).rejects.toMatchObject({ code: 'TRIPLINE_ORDER_REFUSED' });
    expect(await states('accepted')).toHaveLength(3);
  });

  it('may be signed with the old secret while it is rotated', async () => {
    const first = speaking('first', secret('o'), SECRET);
    await bench.start({ policy: policyOf({ receivers: ['first'] }), receivers: { first } });
    await raise(bench.log, alertOf());
    const { order_id } = (await bench.reaches('accepted'))[0]!;
    expect(await post(said(order_id, 'undone'), secret('o'))).toMatchObject({ state: 'undone' });
  });
});
