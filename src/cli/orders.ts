import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { STATES } from '../order/order.ts';
import { callApi, DEFAULT_API } from './api.ts';
import { print, printJson } from './output.ts';

interface Where {
  api: string;
  json?: boolean;
}
interface Saying extends Where {
  who: string;
  why: string;
}

interface OrderRow {
  order_id: string;
  state: string;
  time: string;
  action: string;
  target_kind: string;
  target: string;
  receiver: string;
  rule: string;
  why: string;
}

export function addOrders(program: Command): void {
  const orders = program.command('orders').description('Orders of a running Tripline: shown, approved, taken back');
  located(orders.command('list'))
    .description('Lists orders, newest first')
    .addOption(new Option('--state <state>', 'only those in this state').choices([...STATES]))
    .option('--limit <n>', 'how many', '50')
    .addHelpText('after', '\nExample:\n  tripline orders list --state held')
    .action(list);
  said(orders.command('approve <order>'), 'tripline orders approve ord_1 --why "the agent is ours and it is wrong"')
    .description('Lets a held order go; where the rule wants two people, the second one lets it')
    .action((order: string, options: Saying) => act(order, 'approve', options));
  said(orders.command('reject <order>'), 'tripline orders reject ord_1 --why "a planned test"')
    .description('Drops a held order')
    .action((order: string, options: Saying) => act(order, 'reject', options));
  said(orders.command('undo <order>'), 'tripline orders undo ord_1 --why "a planned move" --false-alarm')
    .description('Has the receiver take back what it did')
    .option('--false-alarm', 'the alert was wrong')
    .action(undo);
  said(orders.command('redeliver <order>'), 'tripline orders redeliver ord_1 --why "the receiver is back"')
    .description('Asks again where all receivers had failed, under the same id')
    .action((order: string, options: Saying) => act(order, 'redeliver', options));
  said(program.command('pause'), 'tripline pause --why "an incident at the identity provider"')
    .description('Holds every order back, until resume')
    .action((options: Saying) => switchTo('pause', options));
  said(program.command('resume'), 'tripline resume --why "it is over"')
    .description('Lets the orders go that only the pause held back')
    .action((options: Saying) => switchTo('resume', options));
}

function located(command: Command): Command {
  return command.option('--api <url>', 'address of the API', DEFAULT_API).option('--json', 'print JSON');
}

function said(command: Command, example: string): Command {
  return located(command)
    .requiredOption('--why <text>', 'why; stands in the history')
    .option('--who <name>', 'who; the user of this machine where absent', userInfo().username)
    .addHelpText('after', `\nExample:\n  ${example}`);
}

async function act(order: string, what: string, { api, json, who, why }: Saying, more: object = {}): Promise<void> {
  const path = `/api/revocations/${encodeURIComponent(order)}/${what}`;
  const answer = await callApi(api, path, { who, why, ...more });
  if (json) printJson(answer);
  else print(`${what}: ${order}`);
}

interface Quieter {
  detector: string;
  option: string;
  threshold: number;
  observed: number;
  nearest?: number;
  affected: { alerts: number; confirmed: number; undone: number };
}

/** After a false alarm: what would have kept the detector quiet, and what that would have cost. */
async function undo(order: string, options: Saying & { falseAlarm?: boolean }): Promise<void> {
  const false_alarm = options.falseAlarm === true;
  await act(order, 'undo', options, { false_alarm });
  if (!false_alarm || options.json) return;
  const { api } = options;
  const { alert_id } = await callApi<{ alert_id: string }>(api, `/api/revocations/${encodeURIComponent(order)}`);
  const quieter = await callApi<Quieter>(api, `/api/alerts/${encodeURIComponent(alert_id)}/quieter`).catch(
    () => undefined,
  );
  if (quieter === undefined) return;
  const { detector, option, threshold, nearest, affected } = quieter;
  if (nearest === undefined) print(`${detector} has no setting of ${option} that would have kept it quiet`);
  else
    print(
      `${detector} would have been quiet with ${option} ${nearest} (${threshold} now). Of the last 30 days that touches ${affected.alerts} alerts, ` +
        `${affected.confirmed} of them with a revocation that was confirmed, ${affected.undone} with one that was undone: tripline backtest tells which stay.`,
    );
}

async function switchTo(what: string, { api, json, who, why }: Saying): Promise<void> {
  const answer = await callApi(api, `/api/${what}`, { who, why });
  if (json) printJson(answer);
  else print(what === 'pause' ? 'Paused: nothing leaves until tripline resume' : 'Orders go out again');
}

async function list({ api, json, state, limit }: Where & { state?: string; limit: string }): Promise<void> {
  const query = new URLSearchParams({ limit, ...(state && { state }) });
  const { items } = await callApi<{ items: OrderRow[] }>(api, `/api/revocations?${query}`);
  if (json) {
    printJson(items);
    return;
  }
  for (const { order_id, state, time, action, target_kind, target, receiver, rule } of items)
    print(
      `${time}  ${state.padEnd(14)} ${order_id}  ${action} ${target_kind} ${target}  ${receiver || '-'}  (${rule})`,
    );
  if (items.length === 0) print('none');
}
