import type { FastifyInstance } from 'fastify';
import type { Heard } from '../../respond/feedback.ts';
import type { People } from '../../respond/people.ts';
import type { Policy } from '../../respond/policy.ts';
import type { Respond, RespondStatus } from '../../respond/respond.ts';
import type { Revoked } from '../../respond/revoked.ts';
import type { Signer } from '../../signing/signer.ts';
import type { Desk } from '../../triage/index.ts';

/** A request of a receiver of security events; bodies are base64. */
export interface Passed {
  method: string;
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

export interface Reply {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** What the other parts ask of the response, in this process or another one: arguments and answers are JSON. */
export interface Asks extends People, Signer, Desk {
  pause(who: string, why: string): Promise<void>;
  resume(who: string): Promise<void>;
  heard(headers: Readonly<Record<string, string>>, body: string): Promise<Heard>;
  revoked(credential?: string): Promise<Revoked[]>;
  policy(): Promise<Policy>;
  status(): Promise<RespondStatus & { lag_records: number }>;
  /** For the transmitter of security events. */
  pass(request: Passed): Promise<Reply>;
}

export const ASKS = [
  'approve',
  'reject',
  'undo',
  'redeliver',
  'pause',
  'resume',
  'heard',
  'revoked',
  'policy',
  'status',
  'sign',
  'jwks',
  'pass',
  'record',
] as const satisfies readonly (keyof Asks)[];

export type Ask = (typeof ASKS)[number];

export interface AsksParts {
  respond: Respond;
  signer: Signer;
  desk: Desk;
  /** Routes of the transmitter. */
  app: FastifyInstance;
}

/** Asked in the process that responds. */
export function localAsks({ respond, signer, desk, app }: AsksParts): Asks {
  return {
    ...respond.people,
    ...signer,
    ...desk,
    pause: respond.pause,
    resume: respond.resume,
    heard: respond.feedback,
    revoked: async (credential) => respond.revoked(credential),
    policy: async () => respond.policy(),
    status: async () => ({ ...respond.status(), lag_records: respond.lag() }),
    async pass({ method, url, headers, body }) {
      const payload = Buffer.from(body, 'base64');
      const reply = await app.inject({ method: method as 'GET', url, headers, payload });
      return {
        status: reply.statusCode,
        headers: textsOf(reply.headers),
        body: reply.rawPayload.toString('base64'),
      };
    },
  };
}

/** Each by `ask`, which knows where to ask. */
export function asksBy(ask: (name: Ask, args: readonly unknown[]) => Promise<unknown>): Asks {
  const each = ASKS.map((name) => [name, (...args: unknown[]) => ask(name, args)]);
  return Object.fromEntries(each) as Asks;
}

/** Of headers, those that are one text. */
export function textsOf(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
    ),
  );
}
