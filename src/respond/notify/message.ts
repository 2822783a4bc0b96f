import { plain } from '../../act/plain.ts';
import type { Order } from '../../order/order.ts';
import type { ChatConfig } from './config.ts';

interface Line {
  text: string;
  /** Where it can be looked at; never an address that acts. */
  url?: string;
}

const LINE_MAX = 400;

/** The body of one message about these orders, at least one. Nothing in it is markup that somebody else wrote. */
export function messageOf(
  chat: Pick<ChatConfig, 'type' | 'console_url' | 'lines_max'>,
  orders: readonly Order[],
): object {
  const lines = orders.slice(0, chat.lines_max).map((order) => lineOf(order, chat.console_url));
  const more = orders.length - lines.length;
  if (more > 0) lines.push({ text: `and ${more} more` });
  return chat.type === 'slack' ? slack(lines) : teams(lines);
}

function lineOf(
  { order_id, state, action, target_kind, target, agent_id, detector, rule, receiver, why }: Order,
  base?: string,
): Line {
  const by = receiver === '' ? '' : ` at ${plain(receiver, 60)}`;
  const whose = agent_id === '' ? '' : ` of agent ${plain(agent_id, 80)}`;
  const text = `${WORDS[state] ?? state}: ${action} ${target_kind} ${plain(target, 80)}${whose}${by} (${detector}, rule ${plain(rule, 60)}): ${plain(why, 160)}`;
  return {
    text: text.slice(0, LINE_MAX),
    ...(base !== undefined && {
      url: new URL(`revocation?${new URLSearchParams({ id: order_id })}`, withSlash(base)).href,
    }),
  };
}

const WORDS: Readonly<Record<string, string>> = {
  held: 'Held, waits for a person',
  failed: 'Failed',
  irrevocable: 'No receiver could do it, act by hand',
  confirmed: 'Confirmed gone',
  undone: 'Taken back',
};

const withSlash = (base: string) => (base.endsWith('/') ? base : `${base}/`);

/** Texts are plain_text: no mention, no link and no formatting can come out of them. */
function slack(lines: readonly Line[]): object {
  const blocks = lines.flatMap(({ text, url }) => [
    { type: 'section', text: { type: 'plain_text', text, emoji: false } },
    ...(url === undefined
      ? []
      : [{ type: 'context', elements: [{ type: 'mrkdwn', text: `<${url}|Open in Tripline>` }] }]),
  ]);
  return { text: lines.map(({ text }) => escaped(text)).join('\n'), blocks };
}

/** What notifications show is read as markup. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Runs of a rich text block are shown as they are; a text block would read Markdown. */
function teams(lines: readonly Line[]): object {
  const body = lines.map(({ text }) => ({ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text }] }));
  const actions = lines.flatMap(({ url }, i) =>
    url === undefined
      ? []
      : [{ type: 'Action.OpenUrl', title: lines.length === 1 ? 'Open in Tripline' : `Open ${i + 1}`, url }],
  );
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body,
    // A card shows six.
    actions: actions.slice(0, 6),
  };
  return { type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }] };
}
