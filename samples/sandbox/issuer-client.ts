import * as z from 'zod';

const TIMEOUT_MS = 5_000;

const Introspection = z.object({
  active: z.boolean(),
  client_id: z.string().optional(),
  token_id: z.string().optional(),
  scope: z.string().optional(),
  exp: z.number().optional(),
});
export type Introspection = z.output<typeof Introspection>;

const TokenAnswer = z.object({ access_token: z.string(), token_id: z.string(), expires_in: z.number() });
export type TokenAnswer = z.output<typeof TokenAnswer>;

export interface ClientLogin {
  client_id: string;
  client_secret: string;
}

/** Client credentials grant (RFC 6749 section 4.4). */
export async function requestToken(issuer: string, login: ClientLogin, scope: string): Promise<TokenAnswer> {
  const answer = await post(`${issuer}/token`, login, { grant_type: 'client_credentials', scope });
  return TokenAnswer.parse(await answer.json());
}

/** RFC 7662: what the issuer says of a token. */
export async function introspect(issuer: string, login: ClientLogin, token: string): Promise<Introspection> {
  const answer = await post(`${issuer}/token/introspection`, login, { token });
  return Introspection.parse(await answer.json());
}

/** RFC 7009: only the client that a token was issued to may revoke it. */
export async function revokeToken(issuer: string, login: ClientLogin, token: string): Promise<void> {
  const answer = await post(`${issuer}/token/revocation`, login, { token, token_type_hint: 'access_token' });
  await answer.body?.cancel();
}

async function post(url: string, login: ClientLogin, form: Record<string, string>): Promise<Response> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: basic(login) },
    body: new URLSearchParams(form),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error(`${new URL(url).pathname} answered ${answer.status}: ${await answer.text()}`);
  return answer;
}

function basic({ client_id, client_secret }: ClientLogin): string {
  const pair = `${encodeURIComponent(client_id)}:${encodeURIComponent(client_secret)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}
