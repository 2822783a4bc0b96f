import type { AgentEvent } from '../../src/event/event.ts';
import { remembered } from '../../src/event/words.ts';

/** Where, from what and by whom a credential was used, as one producer saw it. */
export interface Context {
  producer: string;
  network: string;
  client: string;
  instance: string;
  agent: string;
  jkt: string;
  address: string;
  first: number;
  last: number;
  event_id: string;
}

export type Dimension = 'network' | 'client' | 'instance' | 'agent' | 'key';

export function contextOf(event: AgentEvent): Context {
  return {
    producer: event.producer,
    network: networkOf(event),
    client: clientOf(event.user_agent),
    instance: event.agent_instance,
    agent: event.agent_id,
    jkt: event.credential_jkt,
    address: event.source_ip,
    first: event.time,
    last: event.time,
    event_id: event.event_id,
  };
}

/**
 * What differs for certain. A dimension that one side does not know is no difference, and two producers may rightly see
 * two addresses and two clients of one use (a proxy stands between them), so these are compared within one producer.
 */
export function differences(a: Context, b: Context): Dimension[] {
  const found: Dimension[] = [];
  if (a.producer === b.producer) {
    if (differ(a.network, b.network)) found.push('network');
    if (differ(a.client, b.client)) found.push('client');
  }
  if (differ(a.instance, b.instance)) found.push('instance');
  if (differ(a.agent, b.agent)) found.push('agent');
  if (differ(a.jkt, b.jkt)) found.push('key');
  return found;
}

function differ(x: string, y: string): boolean {
  return x !== y && x !== '' && y !== '';
}

/** The same place, program and instance as far as both sides tell. */
export function isSame(a: Context, b: Context): boolean {
  return (
    a.producer === b.producer &&
    !differ(a.network, b.network) &&
    !differ(a.client, b.client) &&
    !differ(a.instance, b.instance) &&
    !differ(a.agent, b.agent) &&
    !differ(a.jkt, b.jkt)
  );
}

/** Autonomous system where it is known, else /24 of IPv4 and /48 of IPv6. */
export function networkOf({ source_asn, source_ip }: Pick<AgentEvent, 'source_asn' | 'source_ip'>): string {
  if (source_asn !== 0) return `AS${source_asn}`;
  const ip = source_ip.replace(/^::ffff:(?=\d+\.)/i, '');
  if (/^\d+\.\d+\.\d+\.\d+$/.test(ip)) return `${ip.split('.').slice(0, 3).join('.')}.0/24`;
  return ip.includes(':') ? `${expand(ip).slice(0, 3).join(':')}::/48` : '';
}

/** The eight groups of an IPv6 address, without leading zeros. */
function expand(ip: string): string[] {
  const [head = '', tail] = ip.toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array<string>(zeros).fill('0'), ...right].map((group) => group.replace(/^0+(?=.)/, ''));
}

/** Family of a client: its first product name, without version. `aws-cli/2.15 ...` is `aws-cli`. */
export const clientOf = remembered((user_agent) => (/[a-z][\w.+-]*/i.exec(user_agent)?.[0] ?? '').toLowerCase());

export function describe({ address, client, instance, agent }: Context): string {
  return [address, client, instance || agent].filter((part) => part !== '').join(', ');
}
