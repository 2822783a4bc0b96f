import type { Role } from '../role.ts';
import { persist } from './persist.ts';

/** Stuck: sends a request that can never succeed again and again, as fast as it is answered. */
export const RETRY_STORM: Role = {
  id: 'account-sync',
  name: 'Account sync',
  user: 'scheduler',
  scope: 'crm:read crm:write',
  address: '10.20.1.52',
  client: 'acme-sync/0.9 node-fetch',
  model: 'claude-haiku-4-5',
  starts_ms: 2_800,
  attack: 'retry-storm',
  work: async (agent) => {
    await agent.startTask({ request: 'Bring account A-77 in line with the billing system.' });
    await agent.call('crm_get_customer', { id: 'C-1077' });
    await agent.think(800);
    agent.beginAttack();
    await persist(agent, { attempts_max: 45, gap_ms: 90 }, () =>
      agent.call('crm_sync_account', { id: 'A-77', revision: 17, seats: 25 }),
    );
  },
};
