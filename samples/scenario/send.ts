import { ADDRESS_HEADER } from '../sandbox/access.ts';
import type { ToolRequest } from './tools.ts';
import type { World } from './world.ts';

export interface Reply {
  status: number;
  ok: boolean;
  body: Readonly<Record<string, unknown>>;
  /** How long the service asks to wait. */
  retry_after_ms: number;
}

/** How a call looks from outside: token, address, client software. */
export interface Caller {
  token: string;
  address: string;
  client: string;
}

/** Calls the resource API. */
export async function send(world: World, { method, path, body }: ToolRequest, caller: Caller): Promise<Reply> {
  const answer = await fetch(`${world.sandbox.apiUrl}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${caller.token}`,
      'user-agent': caller.client,
      [ADDRESS_HEADER]: caller.address,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body ?? null,
    signal: world.signal,
  });
  const content = (await answer.json()) as Record<string, unknown>;
  const retry_after_ms = Number(answer.headers.get('retry-after') ?? 0) * 1000;
  return { status: answer.status, ok: answer.ok, body: content, retry_after_ms };
}
