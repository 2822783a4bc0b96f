import type { IncomingHttpHeaders } from 'node:http';
import { isIPv4 } from 'node:net';
import { TriplineError } from '../errors.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { IngestConfig } from './config.ts';
import type { Keys } from './keys.ts';

export interface Producer {
  producer: string;
  /** '' where it may speak for any tenant. */
  tenant: string;
  /** Patterns of the agents that it may speak for; empty where that is any. */
  agents: readonly string[];
}

export const LOCAL = 'local';

/** Who a request comes from. Throws TRIPLINE_UNAUTHORISED or TRIPLINE_INPUT_UNREADABLE. */
export type Identify = (headers: IncomingHttpHeaders) => Producer;

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** @throws TriplineError TRIPLINE_CONFIG_INVALID when the address can be reached from outside and no key exists */
export function createIdentify(config: IngestConfig, keys: Keys, metrics: Metrics): Identify {
  const open = isLoopback(config.host) && config.loopback_without_key;
  if (!isLoopback(config.host) && keys.count() === 0)
    throw new TriplineError(
      'TRIPLINE_CONFIG_INVALID',
      `ingest.host is ${config.host}, which others can reach, and no API key exists: make one with tripline keys create NAME`,
    );
  const sources = new Map<string, Set<string>>();
  const withSource = (name: string, headers: IncomingHttpHeaders): string => {
    const source = headers['tripline-source'];
    if (source === undefined) return name;
    if (typeof source !== 'string' || !SOURCE.test(source))
      throw new TriplineError(
        'TRIPLINE_INPUT_UNREADABLE',
        'tripline-source is 1 to 64 of a-z, 0-9, dot, dash, underscore',
      );
    const known = sources.get(name) ?? new Set();
    sources.set(name, known);
    if (!known.has(source) && known.size >= config.sources_max) {
      metrics.requestsShed.inc({ limit: 'sources' });
      throw new TriplineError('TRIPLINE_INPUT_UNREADABLE', `A key has at most ${config.sources_max} sources`);
    }
    known.add(source);
    return `${name}/${source}`;
  };

  return (headers) => {
    const key = keyOf(headers);
    if (key !== undefined) {
      const stored = keys.find(key);
      if (stored === undefined) throw unknown('The API key is not known');
      return { producer: withSource(stored.producer, headers), tenant: stored.tenant, agents: stored.agents };
    }
    if (!open) throw unknown('An API key is needed: Authorization: Bearer tlk_... or x-tripline-key');
    // Any page that a browser shows can post to loopback; it cannot hide that it is a page.
    if (headers.origin !== undefined) throw unknown('A web page needs an API key');
    return { producer: withSource(LOCAL, headers), tenant: '', agents: [] };
  };
}

const SOURCE = /^[a-z0-9._-]{1,64}$/;

function keyOf(headers: IncomingHttpHeaders): string | undefined {
  const own = headers['x-tripline-key'];
  if (own !== undefined) return String(own).trim();
  return headers.authorization?.replace(/^bearer[ \t]+/i, '').trim();
}

function unknown(message: string): TriplineError {
  return new TriplineError('TRIPLINE_UNAUTHORISED', message);
}
