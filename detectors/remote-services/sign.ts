import type * as z from 'zod';
import type { AgentEvent } from '../../src/event/event.ts';
import { remembered } from '../../src/event/words.ts';
import type { config } from './config.ts';

export type Options = z.output<typeof config>;

/** What speaks for movement from one host to another. */
export const SIGNS = {
  connection: 'a connection to an administration port',
  identity: 'a logon or service ticket of a person',
  control: 'an administrative share, or remote control of services or tasks',
  client: 'remote procedure calls by a process of a person',
} as const;
export type SignKind = keyof typeof SIGNS;

export interface Sign {
  kind: SignKind;
  /** The destination: host names without domain, or an address with @ before it. A record may name both. */
  places: readonly string[];
  /** 0 where it is no connection. */
  port: number;
}

export interface Connection {
  place: string;
  port: number;
}

/** The sign that an event is, from its own words alone; undefined where it is none. */
export function signOf(event: AgentEvent, options: Options): readonly Sign[] {
  const host = hostOf(event.agent_instance);
  const connection = connectionOf(event);
  if (connection !== undefined) return connectionSigns(event, connection, host, options);
  if (!isPerson(event) || event.outcome === 'denied') return [];
  if (event.tool_name === 'logon') return [{ kind: 'identity', places: [host], port: 0 }];
  // A ticket for a machine: its account ends in $. One for a ticket-granting service says nothing.
  if (event.tool_name === 'tgs')
    return event.target.endsWith('$') ? [{ kind: 'identity', places: [hostOf(event.target)], port: 0 }] : [];
  return isControl(event) ? [{ kind: 'control', places: [host], port: 0 }] : [];
}

/** Both ends write a connection down: the destination under its own name, the source under its name too. */
function connectionSigns(event: AgentEvent, { place, port }: Connection, host: string, options: Options): Sign[] {
  const signs: Sign[] = [];
  if (options.admin_ports.includes(port)) signs.push({ kind: 'connection', places: [place, host], port });
  const isRpc = options.rpc_ports.includes(port) || port >= options.rpc_dynamic_port_min;
  if (isPerson(event) && isRpc) signs.push({ kind: 'client', places: [place], port });
  return signs;
}

/** A connection to another machine. */
export function connectionOf({ tool_name, target, agent_id }: AgentEvent): Connection | undefined {
  if (tool_name !== 'net_conn') return undefined;
  const [, address = '', port = ''] = /^(.+):(\d{1,5})$/.exec(target) ?? [];
  return address === '' || address === agent_id ? undefined : { place: `@${address}`, port: Number(port) };
}

/** Only a key distribution centre grants tickets: whoever writes of one is a domain controller. */
export function grantsTickets({ tool_name }: AgentEvent): boolean {
  return tool_name === 'tgt' || tool_name === 'tgs';
}

/** Accounts of machines end in $. */
function isPerson({ user }: AgentEvent): boolean {
  return user !== '' && !user.endsWith('$');
}

const CONTROL_PIPES = new Set(['svcctl', 'atsvc', 'winreg', 'itaskschedulerservice']);

/** A drive or the system folder of another machine, or the pipe by which services, tasks or the registry are controlled. */
function isControl({ tool_name, attributes }: AgentEvent): boolean {
  if (tool_name === 'task_created' || tool_name === 'task_updated' || tool_name === 'service_install') return true;
  if (tool_name !== 'share' && tool_name !== 'share_file') return false;
  const share = attributes.share ?? '';
  if (/\\(?:admin|[a-z])\$$/i.test(share)) return true;
  return /\\ipc\$$/i.test(share) && CONTROL_PIPES.has((attributes.target ?? '').toLowerCase());
}

export const hostOf = remembered((name) => (name.split('.', 1)[0] ?? '').replace(/\$$/, '').toLowerCase());

/** A machine that talks to itself moves nowhere. */
export const isLoopback = remembered((address) => /^(?:127\.|::1$|0:0:0:0:0:0:0:1$|fe80:)/i.test(address));
