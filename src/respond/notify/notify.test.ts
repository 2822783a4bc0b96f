import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rowOf } from '../../event/field.ts';
import { encodeFrame } from '../../event/frame/index.ts';
import type { Log } from '../../log/log.ts';
import { createMemoryDisk } from '../../log/memory-disk.ts';
import { openMemoryLog } from '../../log/memory-log.ts';
import { createMetrics } from '../../metrics/metrics.ts';
import { ORDER, type Order } from '../../order/order.ts';
import { ChatConfig } from './config.ts';
import { messageOf } from './message.ts';
import { type Notify, startNotify } from './notify.ts';

const NOW = Date.UTC(2026, 10, 27, 8);
const orderOf = (values: Partial<Order> = {}): Order =>
  rowOf(ORDER, {
    order_id: 'ord_1',
    state: 'held',
    time: NOW,
    action: 'revoke',
    target_kind: 'credential',
    target: 'jwt:abc',
    agent_id: 'planner',
    detector: 'token-replay',
    rule: 'replay',
    why: 'a cap',
    ...values,
  });
const LINE = 'Held, waits for a person: revoke credential jwt:abc of agent planner (token-replay, rule replay): a cap';

describe('a message', () => {
  const slack = { type: 'slack', lines_max: 2 } as const;
  const teams = { type: 'teams', lines_max: 10 } as const;

  it('to Slack is plain text with a link that only opens', () => {
    expect(messageOf({ ...slack, console_url: 'https://tripline.example/c' }, [orderOf()])).toEqual({
      text: LINE,
      blocks: [
        { type: 'section', text: { type: 'plain_text', text: LINE, emoji: false } },
        {
          type: 'context',
          elements: [{ type: 'mrkdwn', text: '<https://tripline.example/c/revocation?id=ord_1|Open in Tripline>' }],
        },
      ],
    });
  });

  it('to Teams is a card of runs, which are not read as Markdown', () => {
    const { attachments } = messageOf({ ...teams, console_url: 'https://tripline.example' }, [orderOf()]) as {
      attachments: { contentType: string; content: Record<string, unknown> }[];
    };
    expect(attachments[0]!.contentType).toBe('application/vnd.microsoft.card.adaptive');
    expect(attachments[0]!.content).toMatchObject({
      type: 'AdaptiveCard',
      body: [{ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: LINE }] }],
      actions: [
        { type: 'Action.OpenUrl', title: 'Open in Tripline', url: 'https://tripline.example/revocation?id=ord_1' },
      ],
    });
  });

  it('counts what it does not list, and has no link where none is configured', () => {
    const { text, blocks } = messageOf(
      slack,
      ['a', 'b', 'c', 'd'].map((target) => orderOf({ target })),
    ) as {
      text: string;
      blocks: object[];
    };
    expect(text.split('\n').at(-1)).toBe('and 2 more');
    expect(blocks).toHaveLength(3);
  });

  it('does not let an agent mention people, link or format', () => {
    const hostile = orderOf({ agent_id: '<!channel> & <https://evil|click>\u202e', target: '*bold*\n\n# title' });
    const message = JSON.stringify(messageOf(slack, [hostile]));
    expect(JSON.parse(message).text).toContain('&lt;!channel&gt; &amp; &lt;https://evil|click&gt;');
    expect(JSON.parse(message).blocks.map(({ type }: { type: string }) => type)).toEqual(['section']);
    expect(message).not.toContain('\u202e');
    expect(JSON.stringify(messageOf(teams, [hostile]))).not.toContain('\\n');
  });
});

describe('a chat', () => {
  let server: Server;
  let bodies: { text: string }[];
  let replies: { status: number; headers?: Record<string, string> }[];
  let log: Log;
  let notify: Notify | undefined;
  let metrics: ReturnType<typeof createMetrics>;
  let now: number;
  const disk = () => createMemoryDisk();

  beforeEach(async () => {
    [bodies, replies, now, metrics] = [[], [], NOW, createMetrics()];
    log = openMemoryLog({ disk: disk(), clock: () => now });
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const { status, headers = {} } = replies.shift() ?? { status: 200 };
        if (status === 200) bodies.push(JSON.parse(body));
        response.writeHead(status, headers).end('ok');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    process.env.NOTIFY_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/secret`;
  });
  afterEach(async () => {
    await notify?.close();
    await log.close();
    server.close();
    server.closeAllConnections();
  });

  const start = async (over: object = {}) => {
    await notify?.close();
    const config = ChatConfig.parse({
      type: 'slack',
      url: { env: 'NOTIFY_URL' },
      allow_private: true,
      interval_ms: 1,
      ...over,
    });
    const deps = { log, chats: { ops: config }, metrics, logger: pino({ level: 'silent' }), clock: () => now };
    notify = await startNotify(deps);
  };
  const put = (...orders: Order[]) =>
    log.write({ append: [{ topic: 'revocations', partition: 0, frame: encodeFrame(ORDER.columns, orders) }] });
  const told = () => bodies.map(({ text }) => text.split(':')[0]);
  const counted = async (outcome: string) =>
    (await metrics.notifications.get()).values.find(({ labels }) => labels.outcome === outcome)?.value ?? 0;

  it('is told of the states that it wants, from when it was configured on', async () => {
    await put(orderOf({ why: 'before' }));
    await start({ states: ['held', 'undone'] });
    await put(orderOf(), orderOf({ state: 'sent' }));
    await put(orderOf({ state: 'undone' }));
    await notify!.drained();
    await vi.waitFor(() => expect(bodies.flatMap(({ text }) => text.split('\n'))).toHaveLength(2));
    expect(await counted('delivered')).toBe(2);
  });

  it('hears after a restart what came while Tripline was away, and nothing twice', async () => {
    await start();
    await put(orderOf());
    await notify!.drained();
    await notify!.close();
    await put(orderOf({ state: 'irrevocable' }));
    await start();
    await notify!.drained();
    expect(told()).toEqual(['Held, waits for a person', 'No receiver could do it, act by hand']);
  });

  it('that says not now is told again, after the time that it names', async () => {
    replies = [{ status: 429, headers: { 'retry-after': '1' } }];
    await start();
    await put(orderOf());
    await notify!.drained();
    expect(told()).toEqual(['Held, waits for a person']);
  });

  it('that says no is not told, and that is counted', async () => {
    replies = [{ status: 404 }];
    await start();
    await put(orderOf());
    await notify!.drained();
    await put(orderOf({ state: 'undone' }));
    await notify!.drained();
    expect(told()).toEqual(['Taken back']);
    expect(await counted('dropped')).toBe(1);
  });

  it('is not told what is long ago', async () => {
    await start({ age_ms_max: 60_000 });
    now = NOW + 60_001;
    await put(orderOf());
    await notify!.drained();
    expect(bodies).toEqual([]);
    expect(await counted('too_old')).toBe(1);
  });

  it('needs its address, and never shows it', async () => {
    delete process.env.NOTIFY_URL;
    await expect(start()).rejects.toMatchObject({
      code: 'TRIPLINE_CONFIG_INVALID',
      message: 'A secret of chat ops is missing: environment variable NOTIFY_URL is absent or empty',
    });
  });
});
