import { testRevoker } from '../contract.ts';
import { keycloak } from './index.ts';
import { recordedKeycloak, SECRET } from './recorded.ts';
import { orderAbout } from './testing.ts';

for (const way of ['client', 'session'] as const)
  testRevoker(
    keycloak,
    async () => {
      process.env.CONTRACT_KEYCLOAK = SECRET;
      process.env.CONTRACT_WRONG = 'a-wrong-secret';
      const server = await recordedKeycloak();
      const open = (env: string) =>
        keycloak.create(
          keycloak.config.parse({
            type: 'keycloak',
            url: server.url,
            realm: 'agents',
            way,
            client_id: 'tripline',
            client_secret: { env },
            allow_private: true,
          }),
          'contract',
        );
      return {
        receiver: open('CONTRACT_KEYCLOAK'),
        stranger: open('CONTRACT_WRONG'),
        order: orderAbout({ client_id: 'agent-1', sid: 's1' }),
        isGone: async () =>
          way === 'client' ? !(server.clients.get('agent-1')?.enabled ?? false) : !server.sessions.has('s1'),
        acted: () => server.changes.length,
        down: async () => {
          server.open = false;
        },
        up: async () => {
          server.open = true;
        },
        secrets: [SECRET, 'a-wrong-secret', 'granted-1'],
        close: server.close,
      };
    },
    `by ${way}`,
  );
