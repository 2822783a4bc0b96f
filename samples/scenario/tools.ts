import assert from 'node:assert';

export type Args = Readonly<Record<string, string | number | readonly string[]>>;

export interface Tool {
  /** The service behind it: first part of every target. */
  service: string;
  method: 'GET' | 'POST' | 'PUT';
  /** Path with `{name}` for arguments. Those of a GET that have no place in it become the query. */
  path: string;
}

const tool = (method: Tool['method'], path: string): Tool => ({ service: path.split('/')[1]!, method, path });

/** Tools of the fleet and the operation of the resource API that each one is. */
export const TOOLS = {
  crm_get_customer: tool('GET', '/crm/customers/{id}'),
  crm_update_customer: tool('PUT', '/crm/customers/{id}'),
  crm_get_ticket: tool('GET', '/crm/tickets/{id}'),
  crm_reply_ticket: tool('POST', '/crm/tickets/{id}/replies'),
  crm_sync_account: tool('POST', '/crm/accounts/{id}/sync'),
  payments_get_invoice: tool('GET', '/payments/invoices/{id}'),
  payments_read_ledger: tool('GET', '/payments/ledger/{month}'),
  payments_create_transfer: tool('POST', '/payments/transfers'),
  files_read: tool('GET', '/files/{id}'),
  files_write: tool('PUT', '/files/{id}'),
  wiki_read_page: tool('GET', '/wiki/pages/{slug}'),
  wiki_search: tool('GET', '/wiki/search'),
  wiki_update_page: tool('PUT', '/wiki/pages/{slug}'),
  mail_list_inbox: tool('GET', '/mail/inbox/{box}'),
  mail_send_message: tool('POST', '/mail/messages'),
  directory_get_person: tool('GET', '/directory/people/{id}'),
  directory_create_account: tool('POST', '/directory/accounts'),
  calendar_create_event: tool('POST', '/calendar/events'),
  vault_read_secret: tool('GET', '/vault/secrets/{name}'),
  vault_rotate_secret: tool('POST', '/vault/secrets/{name}/rotations'),
  builds_start: tool('POST', '/builds'),
  builds_get_status: tool('GET', '/builds/{id}'),
  services_deploy: tool('POST', '/services/{name}/deployments'),
  metrics_query: tool('GET', '/metrics/{service}'),
  hosts_get_inventory: tool('GET', '/hosts/{name}/inventory'),
  hosts_open_shell: tool('GET', '/hosts/{name}/shell'),
  warehouse_get_export: tool('GET', '/warehouse/exports/{id}'),
  warehouse_run_query: tool('POST', '/warehouse/queries'),
} as const satisfies Record<string, Tool>;
export type ToolName = keyof typeof TOOLS;

export interface ToolRequest {
  method: Tool['method'];
  path: string;
  /** What is acted on: the path without its query. */
  target: string;
  body?: string;
}

/** The HTTP request of a tool call. */
export function requestOf(name: ToolName, args: Args): ToolRequest {
  const { method, path } = TOOLS[name];
  const placed = new Set<string>();
  const filled = path.replaceAll(/\{(\w+)\}/g, (_all, key: string) => {
    assert(args[key] !== undefined, `${name} needs ${key}`);
    placed.add(key);
    return String(args[key]).split('/').map(encodeURIComponent).join('/');
  });
  const rest = Object.entries(args).filter(([key]) => !placed.has(key));
  const target = filled.slice(1);
  if (method !== 'GET') return { method, path: filled, target, body: JSON.stringify(Object.fromEntries(rest)) };
  const query = new URLSearchParams(rest.map(([key, value]): [string, string] => [key, String(value)])).toString();
  return { method, path: query === '' ? filled : `${filled}?${query}`, target };
}
