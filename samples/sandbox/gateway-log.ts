import { randomUUID } from 'node:crypto';
import type { PostedEvent } from '../../src/event/event.ts';
import type { Access } from './access.ts';
import { networkOf } from './network.ts';
import { errorFields, outcomeOf } from './outcome.ts';

/** Turns lines of the gateway's access log into `token_use` events. Agents are known by their OAuth client. */
export function createGatewayLog(issuerUrl: string): (access: Access) => PostedEvent {
  const run = randomUUID().slice(0, 8);
  let count = 0;
  return (access) => {
    count += 1;
    const { active, client_id, token_id } = access.introspection;
    return {
      kind: 'token_use',
      event_id: `gw-${run}-${count}`,
      time: new Date(access.time).toISOString(),
      token: access.token,
      ...(active
        ? { agent_id: client_id, credential_handles: { iss: issuerUrl, client_id: client_id!, token_id: token_id! } }
        : {}),
      target: access.target,
      outcome: outcomeOf(access.status),
      ...errorFields(access.status),
      source_ip: access.source_ip,
      ...networkOf(access.source_ip),
      user_agent: access.user_agent,
      attributes: { 'http.request.method': access.method },
    };
  };
}
