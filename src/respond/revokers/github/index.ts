import { createPrivateKey } from 'node:crypto';
import { importPKCS8, SignJWT } from 'jose';
import * as z from 'zod';
import { TriplineError } from '../../../errors.ts';
import type { Order } from '../../../order/order.ts';
import { type Receiver, type RevokeResult, revoker } from '../../revoker.ts';
import { type Api, createApi, isGood } from '../api.ts';
import { originOf, ReceiverUrl } from '../request.ts';
import { refusalOf, unreachable, unreached } from '../result.ts';
import { readSecret, SecretRef } from '../secret.ts';

const App = z.strictObject({
  app_id: z
    .string()
    .regex(/^(?:\d{1,20}|Iv[\w.]{1,64})$/)
    .describe('App id or client id of the GitHub App'),
  private_key: SecretRef.describe('Its private key (PEM)'),
});
const Org = z.strictObject({
  org: z
    .string()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/)
    .describe('Organisation that the tokens reach into'),
  token: SecretRef.describe('Token of an owner of the organisation, or of an App that may manage its tokens'),
});

const config = z
  .strictObject({
    type: z.literal('github'),
    url: ReceiverUrl.default('https://api.github.com').describe('Address of the API'),
    app: App.optional().describe(
      'Suspends an installation of this App: all of its tokens end; undone by unsuspending it',
    ),
    org: Org.optional().describe("Ends a fine-grained token's access to an organisation"),
    allow_private: z.boolean().default(false).describe('Whether the API may have a private or loopback address'),
  })
  .superRefine((options, context) => {
    if ((options.app === undefined) === (options.org === undefined))
      context.addIssue({ code: 'custom', path: [], message: 'expected either app or org; two receivers do both' });
  });
type Config = z.output<typeof config>;

const VERSION = {
  'x-github-api-version': '2022-11-28',
  accept: 'application/vnd.github+json',
  'user-agent': 'tripline',
};

/** Suspends an App's installation, or takes a fine-grained personal access token out of an organisation. */
export const github = revoker({
  id: 'github',
  meta: {
    title: 'Installation of a GitHub App, or fine-grained token of an organisation',
    tested: 'recorded',
    permissions: [
      'app: the private key of the App whose installation is suspended',
      'org: organisation permission "Personal access tokens", write (only Apps have it)',
    ],
    proof:
      'The later uses that it refuses; GitHub answers 204 and keeps nothing that could be asked afterwards by token',
    example: { type: 'github', org: { org: 'acme', token: { env: 'GITHUB_ORG_TOKEN' } } },
  },
  config,
  create(options, name): Receiver {
    const way = options.app === undefined ? byOrg(options, options.org!) : byApp(options, options.app);
    return {
      capabilities: way.capabilities,
      check: (signal) => check(way, options.url, name, signal),
      revoke: (order, signal) => act(way, way.revoke, order, signal),
      ...(way.undo && { undo: (order: Order, signal: AbortSignal) => act(way, way.undo!, order, signal) }),
    };
  },
});

interface Way {
  api: Api;
  capabilities: Receiver['capabilities'];
  /** Handle that names it, which is a number. */
  handle: string;
  /** Reads and changes nothing. */
  probe: string;
  revoke(id: string): [method: string, path: string, body?: object];
  undo?: Way['revoke'];
  /** Whether 404 says that it is gone. */
  sure: boolean;
  /** Orders that were carried out. */
  done: Set<string>;
}

const TARGETS = ['credential', 'session', 'agent_instance', 'agent'] as const;

function byApp({ url, allow_private }: Config, { app_id, private_key }: z.output<typeof App>): Way {
  const pem = readSecret(private_key);
  const api = createApi({
    url,
    allow_private,
    headers: async () => ({ ...VERSION, authorization: `Bearer ${await appToken(app_id, pem)}` }),
  });
  return {
    api,
    capabilities: { actions: ['suspend', 'revoke'], targets: TARGETS, handles: ['installation_id'], undo: true },
    handle: 'installation_id',
    sure: true,
    done: new Set(),
    probe: '/app',
    revoke: (id) => ['PUT', `/app/installations/${id}/suspended`],
    undo: (id) => ['DELETE', `/app/installations/${id}/suspended`],
  };
}

function byOrg({ url, allow_private }: Config, { org, token }: z.output<typeof Org>): Way {
  const secret = readSecret(token);
  const api = createApi({ url, allow_private, headers: () => ({ ...VERSION, authorization: `Bearer ${secret}` }) });
  return {
    api,
    capabilities: { actions: ['revoke'], targets: TARGETS, handles: ['pat_id'], undo: false },
    handle: 'pat_id',
    sure: false,
    done: new Set(),
    probe: `/orgs/${org}/personal-access-tokens?per_page=1`,
    revoke: (id) => ['POST', `/orgs/${org}/personal-access-tokens/${id}`, { action: 'revoke' }],
  };
}

const AHEAD_S = 60;
const LIFE_S = 540;

/** A JWT of the App: at most ten minutes, and issued a minute ago so that clocks may differ. */
async function appToken(app_id: string, pem: string): Promise<string> {
  // GitHub gives keys in PKCS #1, which jose does not read.
  const pkcs8 = createPrivateKey(pem).export({ type: 'pkcs8', format: 'pem' }).toString();
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iss: app_id })
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuedAt(now - AHEAD_S)
    .setExpirationTime(now + LIFE_S)
    .sign(await importPKCS8(pkcs8, 'RS256'));
}

async function act(way: Way, how: Way['revoke'], order: Order, signal: AbortSignal): Promise<RevokeResult> {
  const { api, handle } = way;
  const id = order.credential_handles[handle] ?? '';
  if (!/^\d{1,20}$/.test(id)) return { status: 'failed', detail: `The ${handle} is not a number` };
  const [method, path, body] = how(id);
  const answer = await api(method, path, signal, body).catch(unreached);
  if ('detail' in answer) return answer;
  const { status: http_status } = answer;
  if (isGood(answer)) {
    remember(way.done, order.order_id);
    return { status: 'accepted', http_status, detail: 'GitHub did it' };
  }
  // To whoever may not see something GitHub says that it is not there: only an App is sure of its own installations.
  if (http_status === 404 && (way.sure || way.done.has(order.order_id)))
    return { status: 'accepted', http_status, detail: 'It was gone already' };
  if (http_status === 404)
    return { status: 'failed', http_status, detail: 'refused with 404: it is not there, or the token may not see it' };
  // A secondary rate limit is 403 with a time to wait.
  if (http_status === 403 && answer.headers['retry-after'] !== undefined) return refusalOf({ ...answer, status: 429 });
  return refusalOf(answer);
}

async function check({ api, probe }: Way, url: string, name: string, signal: AbortSignal): Promise<string> {
  const answer = await api('GET', probe, signal).catch((cause: unknown) => {
    throw unreachable(name, cause);
  });
  if (isGood(answer)) return `${originOf(url)} answers, and knows who asks`;
  const { status, detail } = refusalOf(answer);
  throw new TriplineError('TRIPLINE_RECEIVER_FAILED', `Receiver ${name} ${detail}`, { retriable: status === 'retry' });
}

/** Orders remembered, so that one that comes again is told from one that GitHub hides. */
const DONE_MAX = 10_000;

function remember(done: Set<string>, order_id: string): void {
  done.add(order_id);
  if (done.size > DONE_MAX) done.delete(done.values().next().value!);
}
