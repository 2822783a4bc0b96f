import * as z from 'zod';
import { TriplineError } from '../../../errors.ts';
import type { Order } from '../../../order/order.ts';
import { type Receiver, type RevokeResult, revoker } from '../../revoker.ts';
import { isGood, jsonOf, segment } from '../api.ts';
import { originOf } from '../request.ts';
import { refusalOf, unreachable, unreached } from '../result.ts';
import { type Admin, createAdmin, NotGranted } from './admin.ts';
import { KeycloakConfig } from './config.ts';

/** Logs a session out, or disables a client, through the admin API of Keycloak (tried with 26.4). */
export const keycloak = revoker({
  id: 'keycloak',
  meta: {
    title: 'Session or client of a Keycloak realm',
    tested: 'real',
    permissions: [
      'session: a client with a service account that has the role manage-users of realm-management',
      'client: a client with a service account that has the roles manage-clients and view-clients of realm-management',
    ],
    proof:
      'The later uses that it refuses. For a client, that it reads as disabled afterwards is kept with the order; tokens that are checked without asking Keycloak live until they expire',
    example: {
      type: 'keycloak',
      url: 'https://sso.example',
      realm: 'agents',
      way: 'session',
      client_id: 'tripline',
      client_secret: { env: 'KEYCLOAK_CLIENT_SECRET' },
    },
  },
  config: KeycloakConfig,
  create(config, name): Receiver {
    const admin = createAdmin(config);
    const own = config.way === 'session' ? bySession(admin) : byClient(admin);
    const guarded = (act: Act) => async (order: Order, signal: AbortSignal) => {
      const { iss = '' } = order.credential_handles;
      if (iss !== '' && iss !== admin.issuer)
        return { status: 'failed' as const, detail: 'The credential is of another issuer' };
      return act(order, signal).catch(misfortune);
    };
    return {
      capabilities: own.capabilities,
      check: (signal) => check(config, admin, name, signal),
      revoke: guarded(own.revoke),
      ...(own.undo && { undo: guarded(own.undo) }),
    };
  },
});

type Act = (order: Order, signal: AbortSignal) => Promise<RevokeResult>;

interface Way {
  capabilities: Receiver['capabilities'];
  revoke: Act;
  undo?: Act;
}

function bySession({ api }: Admin): Way {
  return {
    capabilities: {
      actions: ['revoke'],
      targets: ['credential', 'session', 'agent_instance', 'agent'],
      handles: ['sid'],
      undo: false,
    },
    async revoke({ credential_handles }, signal) {
      const sid = segment(credential_handles.sid);
      if (sid === undefined) return { status: 'failed', detail: 'The sid cannot stand in an address' };
      const answer = await api('DELETE', `/sessions/${sid}`, signal);
      const { status: http_status } = answer;
      if (isGood(answer)) return { status: 'accepted', http_status, detail: 'The session is logged out' };
      if (http_status === 404) return { status: 'accepted', http_status, detail: 'The session was gone already' };
      return refusalOf(answer);
    },
  };
}

const Clients = z.array(z.object({ id: z.string().min(1), clientId: z.string(), enabled: z.boolean() }));

function byClient(admin: Admin): Way {
  return {
    capabilities: {
      actions: ['suspend', 'revoke'],
      targets: ['credential', 'session', 'agent_instance', 'agent'],
      handles: ['client_id'],
      undo: true,
    },
    revoke: (order, signal) => enable(admin, order, false, signal),
    undo: (order, signal) => enable(admin, order, true, signal),
  };
}

/** Reads before and after: what is so already is not done twice, and what is read afterwards is the proof. */
async function enable({ api }: Admin, order: Order, enabled: boolean, signal: AbortSignal): Promise<RevokeResult> {
  const client_id = order.credential_handles.client_id ?? '';
  const named = `/clients?clientId=${encodeURIComponent(client_id)}`;
  const read = async () => {
    const answer = await api('GET', named, signal);
    const clients = Clients.safeParse(jsonOf(answer));
    return { answer, client: clients.data?.find(({ clientId }) => clientId === client_id), known: clients.success };
  };
  const before = await read();
  if (!isGood(before.answer)) return refusalOf(before.answer);
  if (!before.known) return { status: 'failed', detail: 'answered with something that is no list of clients' };
  if (before.client === undefined)
    return enabled
      ? { status: 'failed', detail: 'There is no such client any more' }
      : { status: 'accepted', http_status: 200, detail: 'There is no such client' };
  const { id } = before.client;
  if (before.client.enabled !== enabled) {
    const answer = await api('PUT', `/clients/${encodeURIComponent(id)}`, signal, { clientId: client_id, enabled });
    if (!isGood(answer)) return refusalOf(answer);
  }
  const { client } = await read();
  if (client?.enabled === !enabled) return { status: 'retry', detail: 'the client did not change' };
  const detail = enabled ? 'The client is enabled again' : 'The client is disabled';
  return { status: 'accepted', http_status: 204, detail, proof: JSON.stringify({ client_id, enabled }) };
}

function misfortune(error: unknown): RevokeResult {
  return error instanceof NotGranted ? refusalOf(error.answer) : unreached(error);
}

/** No session has this id. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Reads a client, or logs out a session that cannot be: 404 then says that it would have been allowed. */
async function check({ url, way, client_id }: KeycloakConfig, { api }: Admin, name: string, signal: AbortSignal) {
  const asked =
    way === 'client'
      ? api('GET', `/clients?clientId=${encodeURIComponent(client_id)}`, signal)
      : api('DELETE', `/sessions/${NOBODY}`, signal);
  const answer = await asked.catch((cause: unknown) => {
    if (cause instanceof NotGranted) return cause.answer;
    throw unreachable(name, cause);
  });
  if (isGood(answer) || (way === 'session' && answer.status === 404))
    return `${originOf(url)} answers, and lets ${client_id} in`;
  const refusal = refusalOf(answer);
  throw new TriplineError('TRIPLINE_RECEIVER_FAILED', `Receiver ${name} ${refusal.detail}`, {
    retriable: refusal.status === 'retry',
  });
}
