import type { Role } from './role.ts';

const STORM_CALLS = 12;
const WAITS_MAX = 40;

/**
 * A failover drill that its people announced to each other and not to Tripline: it hammers a service on purpose, is suspended as a storm,
 * and goes on with the same token when a person has taken that back.
 */
export const DRILL: Role = {
  id: 'drill-failover',
  name: 'Failover drill',
  user: 'd.okafor',
  scope: 'crm:read crm:write',
  address: '10.20.1.61',
  client: 'acme-drill/1.0 node-fetch',
  model: 'claude-haiku-4-5',
  starts_ms: 5_600,
  drill: true,
  work: async (agent) => {
    await agent.startTask({ request: 'Run the failover drill of account A-78 and report when the standby answers.' });
    await agent.call('crm_get_customer', { id: 'C-1078' });
    for (let i = 0; i < STORM_CALLS && (i === 0 || agent.resumed); i++) {
      await agent.call('crm_sync_account', { id: 'A-78', revision: 9, seats: 40 });
      await agent.pause(90);
    }
    for (let i = 0; i < WAITS_MAX && !agent.resumed; i++) {
      await agent.pause(400);
      await agent.call('crm_get_customer', { id: 'C-1078', view: `after-${i}` });
    }
    await agent.think(600);
    await agent.endTask();
  },
};
