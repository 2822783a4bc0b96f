import * as z from 'zod';
import { type Api, createApi, isGood, jsonOf } from '../api.ts';
import { type Answer, request } from '../request.ts';
import { readSecret } from '../secret.ts';
import type { KeycloakConfig } from './config.ts';

const Granted = z.object({ access_token: z.string().min(1), expires_in: z.number() });

/** A token is renewed this long before it ends. */
const AHEAD_MS = 30_000;

/** An answer of the token endpoint that is no token. */
export class NotGranted extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super('No token was granted');
    this.answer = answer;
  }
}

export interface Admin {
  /** The admin API of the realm. Rejects with NotGranted, or where nobody could be reached. */
  api: Api;
  issuer: string;
}

/** Asks with the client's own token (RFC 6749, 4.4), which is kept until shortly before its end, and made anew once when it is refused. */
export function createAdmin(config: KeycloakConfig, now: () => number = Date.now): Admin {
  const base = config.url.replace(/\/+$/, '');
  const secret = readSecret(config.client_secret);
  let kept: { token: string; until: number } | undefined;

  const grant = async (signal: AbortSignal): Promise<string> => {
    if (kept !== undefined && now() < kept.until) return kept.token;
    const answer = await request({
      method: 'POST',
      url: `${base}/realms/${config.client_realm ?? config.realm}/protocol/openid-connect/token`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: config.client_id,
        client_secret: secret,
      }).toString(),
      signal,
      allow_private: config.allow_private,
    });
    const granted = Granted.safeParse(jsonOf(answer));
    if (!isGood(answer) || !granted.success) throw new NotGranted(answer);
    const { access_token, expires_in } = granted.data;
    kept = { token: access_token, until: now() + expires_in * 1000 - AHEAD_MS };
    return access_token;
  };
  const once = createApi({
    url: `${base}/admin/realms/${config.realm}`,
    headers: async (signal) => ({ authorization: `Bearer ${await grant(signal)}` }),
    allow_private: config.allow_private,
  });
  return {
    issuer: `${base}/realms/${config.realm}`,
    async api(...args) {
      const answer = await once(...args);
      if (answer.status !== 401 || kept === undefined) return answer;
      kept = undefined;
      return once(...args);
    },
  };
}
