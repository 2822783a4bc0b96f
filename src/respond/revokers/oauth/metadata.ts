import * as z from 'zod';
import { TriplineError } from '../../../errors.ts';
import { type Answer, ReceiverUrl, request } from '../request.ts';
import { unreachable } from '../result.ts';
import type { OAuthConfig } from './config.ts';

export interface Endpoints {
  revocation: string;
  introspection: string | undefined;
}

export interface Metadata {
  /** @throws TriplineError TRIPLINE_RECEIVER_FAILED, retriable when the issuer may answer later */
  endpoints(signal: AbortSignal): Promise<Endpoints>;
  /** The issuer is asked again next time: an endpoint has moved. */
  forget(): void;
}

const Said = z.object({
  issuer: z.string(),
  revocation_endpoint: ReceiverUrl.optional(),
  introspection_endpoint: ReceiverUrl.optional(),
});

/** Endpoints from the configuration, and what is missing there from the issuer's own metadata, read once. */
export function createMetadata(config: OAuthConfig, name: string): Metadata {
  const { revocation_url, introspection_url, issuer } = config;
  let known: Endpoints | undefined;
  return {
    async endpoints(signal) {
      if (known !== undefined) return known;
      const complete = revocation_url !== undefined && (introspection_url !== undefined || issuer === undefined);
      const said = complete || issuer === undefined ? undefined : await read(issuer, config, name, signal);
      const revocation = revocation_url ?? said?.revocation_endpoint;
      if (revocation === undefined) throw failed(name, 'its issuer names no revocation_endpoint');
      known = { revocation, introspection: introspection_url ?? said?.introspection_endpoint };
      return known;
    },
    forget() {
      known = undefined;
    },
  };
}

async function read(issuer: string, { allow_private }: OAuthConfig, name: string, signal: AbortSignal) {
  let answer: Answer | undefined;
  for (const url of placesOf(issuer)) {
    answer = await request({
      method: 'GET',
      url,
      headers: { accept: 'application/json' },
      signal,
      allow_private,
    }).catch((error: unknown) => {
      throw unreachable(name, error);
    });
    if (answer.status !== 404) break;
  }
  const { status, body } = answer!;
  if (status !== 200)
    throw failed(name, `the metadata of its issuer were answered with ${status}`, status >= 500 || status === 429);
  const said = parse(body);
  if (said === undefined) throw failed(name, 'the metadata of its issuer cannot be read');
  // Metadata of somebody else, or endpoints without TLS, would be given the token.
  if (said.issuer !== issuer) throw failed(name, 'the metadata at its issuer are of another issuer');
  const scheme = new URL(issuer).protocol;
  for (const endpoint of [said.revocation_endpoint, said.introspection_endpoint])
    if (endpoint !== undefined && scheme === 'https:' && new URL(endpoint).protocol !== scheme)
      throw failed(name, 'the metadata of its issuer name an endpoint without TLS');
  return said;
}

/** RFC 8414 puts the well-known part before the path of the issuer, OpenID Connect Discovery behind it. */
function placesOf(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ];
}

function parse(body: string): z.output<typeof Said> | undefined {
  try {
    return Said.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
}

function failed(name: string, what: string, retriable = false): TriplineError {
  return new TriplineError('TRIPLINE_RECEIVER_FAILED', `Receiver ${name}: ${what}`, { retriable });
}
