import { lookup } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import * as z from 'zod';

/** An address in a configuration. It may not carry a password: addresses are shown. */
export const ReceiverUrl = z.url({ protocol: /^https?$/ }).refine(
  (url) => {
    if (!URL.canParse(url)) return true;
    const { username, password } = new URL(url);
    return username === '' && password === '';
  },
  { error: 'expected an address without user name and password; name secrets by environment variable or file' },
);

/** What may be shown of an address: paths and queries of some receivers are secrets. */
export function originOf(url: string): string {
  return new URL(url).origin;
}

export interface OutgoingRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
  signal: AbortSignal;
  /** True where the receiver may have a private or loopback address. */
  allow_private: boolean;
  /** Certificates (PEM) that the receiver is checked by, instead of those that everybody knows. */
  ca?: string;
  /** Certificate and key (PEM) that we show to the receiver. */
  cert?: string;
  key?: string;
  /** Bytes read of the answer at most; what is longer is cut. */
  answer_bytes_max?: number;
}

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** A connection to an address that no receiver may have. */
export class AddressRefused extends Error {}

const ANSWER_BYTES_MAX = 64 * 1024;
const pools = () => ({
  'http:': new http.Agent({ keepAlive: true, maxSockets: 64 }),
  'https:': new https.Agent({ keepAlive: true, maxSockets: 64 }),
});
/** Apart, so that a receiver without allow_private never gets a connection that one with it has opened to the same name. */
const AGENTS = { public: pools(), private: pools() };

/**
 * One request to a receiver. Follows no redirect. The address is judged where the connection is made, so that a name
 * cannot be checked as one and connected to as another.
 */
export function request(options: OutgoingRequest): Promise<Answer> {
  const url = new URL(options.url);
  const client = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !options.allow_private && isPrivate(host)) return reject(refusal(host));
    const sent = client.request(url, {
      method: options.method,
      // Of a DELETE Node says no length by itself, and its body would be taken for another request.
      headers:
        options.body === undefined
          ? options.headers
          : { ...options.headers, 'content-length': String(Buffer.byteLength(options.body)) },
      signal: options.signal,
      agent: AGENTS[options.allow_private ? 'private' : 'public'][url.protocol as 'http:' | 'https:'],
      ...(options.allow_private ? {} : { lookup: publicLookup }),
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      ...(options.cert === undefined ? {} : { cert: options.cert, key: options.key }),
    });
    sent.on('error', reject);
    sent.once('response', (response) => {
      read(response, options.answer_bytes_max ?? ANSWER_BYTES_MAX).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        reject,
      );
    });
    sent.end(options.body);
  });
}

async function read(response: http.IncomingMessage, bytes_max: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > bytes_max) response.destroy();
    if (bytes > bytes_max) break;
  }
  return Buffer.concat(chunks).subarray(0, bytes_max).toString();
}

/** Resolves a name to its public addresses only; fails when there is none. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    const open = addresses.filter(({ address }) => !isPrivate(address));
    const [first] = open;
    if (first === undefined) return callback(refusal(hostname), []);
    return options.all ? callback(null, open) : callback(null, first.address, first.family);
  });
};

function refusal(host: string): AddressRefused {
  return new AddressRefused(`${host} is a private address; allow_private would permit it`);
}

/** Addresses of RFC 6890 and its kin that are not on the public internet. */
const PRIVATE = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  PRIVATE.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  // IPv4 inside of it: compatible, translated, 6to4 and Teredo addresses lead to wherever the inner one leads.
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['2001::', 32],
  ['100::', 64],
  ['2001:db8::', 32],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  PRIVATE.addSubnet(net, bits, 'ipv6');

export function isPrivate(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return isPrivate(mapped);
  return PRIVATE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
