import { styleText } from 'node:util';
import type { Alert } from '../alert/alert.ts';
import type { LiveItem } from '../live/live.ts';
import type { Order } from '../order/order.ts';

const SHOWN = new Set<string>([
  'sent',
  'accepted',
  'confirmed',
  'failed',
  'escalated',
  'irrevocable',
  'held',
  'undo_requested',
  'undone',
]);
const COLOURS: Record<string, Parameters<typeof styleText>[0]> = {
  ALERT: 'yellow',
  sent: 'cyan',
  accepted: 'cyan',
  confirmed: 'green',
  failed: 'red',
  escalated: 'red',
  held: 'magenta',
  observed: 'gray',
};

/** Turns live items into lines of a terminal: what fired, why, which credential, and after how many ms it was gone. */
export function createTimeline(print: (line: string) => void, colour: boolean) {
  const started = Date.now();
  const sentAt = new Map<string, number>();
  const paint = (name: string, text: string) => (colour ? styleText(COLOURS[name] ?? 'reset', text) : text);

  const line = (time: number, name: string, text: string) => {
    const seconds = Math.max(0, (time - started) / 1000)
      .toFixed(2)
      .padStart(7);
    print(`${seconds} s  ${paint(name, name.toUpperCase().padEnd(14))}  ${text}`);
  };
  const showAlert = (alert: Alert) =>
    line(alert.detected, 'ALERT', `${alert.severity} ${alert.detector}: ${visible(alert.summary)}`);
  const showOrder = (order: Order) => {
    if (order.state === 'sent') sentAt.set(order.order_id, order.time);
    if (SHOWN.has(order.state)) line(order.time, order.state, orderText(order, sentAt.get(order.order_id)));
    if (order.state === 'confirmed' || order.state === 'failed') sentAt.delete(order.order_id);
  };
  return (item: LiveItem) => {
    if (item.type === 'alert') showAlert(item.row);
    else if (item.type === 'revocation') showOrder(item.row);
  };
}

function orderText(order: Order, sent: number | undefined): string {
  const target = `${order.action} ${order.target_kind} ${shortened(visible(order.target))}`;
  const after = sent === undefined ? '' : ` after ${Math.round(order.time - sent)} ms`;
  switch (order.state) {
    case 'sent':
      return `${target} at ${order.receiver}, ${Math.round(order.time - order.event_appended)} ms after the event was durable`;
    case 'accepted':
      return `${target}: ${order.receiver} said yes${after}`;
    case 'confirmed':
      return `${target}: gone${after}, proven by ${visible(order.proof)}`;
    default:
      return `${target}: ${visible(order.why)}`;
  }
}

/** Enough of a fingerprint to tell it from the others on the screen; the console has the whole. */
function shortened(target: string): string {
  return target.replace(/^([\w-]+:[0-9a-f]{8})[0-9a-f]{8,}$/, '$1…');
}

/** Names and summaries hold hostile text: nothing in them may move the cursor or pose as another line. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').slice(0, 300);
}
