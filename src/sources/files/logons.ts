import { createHash } from 'node:crypto';
import { ignored, type Mapped, refused } from '../mapped.ts';
import { type Format, type Json, mapped, type RecordPlace, textOf, timeOf } from './format.ts';

type Kind = { kind: 'token_use' | 'tool_call'; outcome: 'ok' | 'denied'; tool_class?: string };
const logon: Kind = { kind: 'token_use', outcome: 'ok' };
const call = (tool_class: string): Kind => ({ kind: 'tool_call', outcome: 'ok', tool_class });

/** Windows security and Sysmon records by kind: a logon presents a credential, the rest is what was done with it. */
const KINDS = new Map<unknown, Kind>([
  ['logon', logon],
  ['logon_failed', { kind: 'token_use', outcome: 'denied' }],
  ['admin_logon', logon],
  ['explicit_cred', logon],
  ['ntlm', logon],
  ['tgt', logon],
  ['tgs', logon],
  ['net_conn', call('other')],
  ['share', call('read')],
  ['share_file', call('read')],
  ['task_created', call('execute')],
  ['task_updated', call('execute')],
  ['service_install', call('execute')],
]);

/** Identities that every Windows machine has: they are nobody's credential. */
const LOCAL =
  /^(?:nt authority\\.*|nt service\\.*|window manager\\.*|font driver host\\.*|system|local service|network service|anonymous logon|-)$/i;

export const logons: Format = {
  id: 'Windows logons',
  matches: (record) => KINDS.has(record.kind) && 'host' in record && 'scenario' in record,
  events: (record, place) => [logonEvent(record, place)],
};

function logonEvent(row: Json, { index }: RecordPlace): Mapped {
  const known = KINDS.get(row.kind);
  if (known === undefined) return refused('kind', [...KINDS.keys()].join(', '), row.kind);
  const time = timeOf(row.time);
  if (time === undefined) return refused('time', 'a time', row.time);
  const host = textOf(row.host);
  const source = addressOf(row.src);
  const account = accountOf(row.user);
  if (account === undefined && known.kind === 'token_use')
    return ignored('user', 'an account that somebody could take over', row.user);
  return mapped({
    // Records repeat word by word; their place tells them apart.
    event_id: `${createHash('sha256').update(JSON.stringify(row)).digest('hex').slice(0, 24)}-${index}`,
    time,
    ...known,
    agent_id: source ?? host,
    agent_instance: host,
    session: textOf(row.logon_id) === undefined ? undefined : `${host}:${row.logon_id}`,
    user: account,
    credential: account === undefined ? undefined : `windows-account:${account}`,
    credential_handles: account === undefined ? undefined : { account },
    tool_name: String(row.kind),
    tool_server: host,
    target: targetOf(row),
    source_ip: source,
    attributes: attributesOf(row),
  });
}

/** What was reached: an address and port, an account of a service, a share, or the machine that writes the record. */
function targetOf(row: Json): string | undefined {
  const [dst, port, share] = [addressOf(row.dst), textOf(row.dst_port), textOf(row.share)];
  if (share !== undefined) return `${row.host}${share.replace(/^\\\\\*/, '')}`;
  if (dst !== undefined && row.kind !== 'service_install') return port === undefined ? dst : `${dst}:${port}`;
  return textOf(row.host);
}

/** One spelling for DOMAIN\name, name@REALM and name. */
function accountOf(user: unknown): string | undefined {
  const name = textOf(user);
  if (name === undefined || LOCAL.test(name)) return undefined;
  return name.replace(/^.*\\/, '').replace(/@.*$/, '').toLowerCase();
}

/** IPv4 mapped into IPv6 is the same address. */
function addressOf(address: unknown): string | undefined {
  return textOf(address)?.replace(/^::ffff:/i, '');
}

const KEPT = ['scenario', 'logon_type', 'process', 'service', 'share', 'target', 'by'];

function attributesOf(row: Json): Record<string, string> {
  return Object.fromEntries(
    KEPT.flatMap((name) => (textOf(row[name]) === undefined ? [] : [[name, String(row[name])]])),
  );
}
