import { randomBytes } from 'node:crypto';
import Fastify from 'fastify';
import { createDoorReporter, type Delivery, type DoorReporter, type DoorTarget, NOTHING } from '../door/reporter.ts';
import { addApi } from './api.ts';
import { createGatewayLog } from './gateway-log.ts';
import { GATEWAY_CLIENT, type Issued, startIssuer } from './issuer.ts';
import { introspect } from './issuer-client.ts';
import { BUSINESS } from './resources/business.ts';
import { KNOWLEDGE } from './resources/knowledge.ts';
import { platform } from './resources/platform.ts';
import { addRevocations } from './revocations.ts';
import type { SandboxAddresses, SandboxClient } from './types.ts';
import { createVault } from './vault.ts';

/** Tokens that the edge can find by their token_id; the oldest are forgotten first. */
const TOKENS_MAX = 10_000;
const LINGER_MS = 10;

export interface Sandbox {
  addresses: SandboxAddresses;
  reportTo(target: DoorTarget): void;
  drain(): Promise<Delivery>;
  close(): Promise<void>;
}

/** Issuer, resource API with its gateway, and revocation edge: two ports of 127.0.0.1 in this process. */
export async function createSandbox(clients: readonly SandboxClient[]): Promise<Sandbox> {
  const tokens = new Map<string, Issued>();
  const remember = (issued: Issued) => {
    tokens.set(issued.token_id, issued);
    if (tokens.size > TOKENS_MAX) tokens.delete(tokens.keys().next().value!);
  };
  const issuer = await startIssuer([...clients, { client_id: GATEWAY_CLIENT, scope: '' }], remember);
  const loginOf = (client_id: string) => ({ client_id, client_secret: issuer.secrets.get(client_id) ?? '' });
  const gateway = loginOf(GATEWAY_CLIENT);
  const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`;
  const vault = createVault();
  const suspended = new Set<string>();
  const gatewayLog = createGatewayLog(issuer.url);
  let reporter: DoorReporter | undefined;

  const app = Fastify({ forceCloseConnections: true });
  addApi(app, {
    resources: [...BUSINESS, ...KNOWLEDGE, ...platform(vault)],
    introspect: async (token) => {
      const told = await introspect(issuer.url, gateway, token);
      return suspended.has(told.token_id ?? '') ? { active: false } : told;
    },
    onAccess: (access) => reporter?.push(gatewayLog(access)),
  });
  const { acted } = addRevocations(app, {
    issuerUrl: issuer.url,
    webhookSecret,
    tokenOf: (token_id) => tokens.get(token_id),
    loginOf,
    gateway,
    suspended,
  });
  app.get('/stats', async () => ({ issued: tokens.size, acted: Object.fromEntries(acted) }));
  const apiUrl = await app.listen({ host: '127.0.0.1', port: 0 });

  const clientSecrets = Object.fromEntries(issuer.secrets);
  const vaultValues = [...vault.values()].map(({ value }) => value);
  const secrets = [...issuer.secrets.values(), ...vaultValues, webhookSecret];
  return {
    addresses: {
      issuerUrl: issuer.url,
      apiUrl,
      revocationsUrl: `${apiUrl}/revocations`,
      webhookSecret,
      clientSecrets,
      secrets,
    },
    reportTo: (target) => {
      reporter = createDoorReporter({ target, linger_ms: LINGER_MS });
    },
    drain: async () => (await reporter?.drain()) ?? NOTHING,
    close: async () => {
      await app.close();
      await issuer.close();
    },
  };
}
