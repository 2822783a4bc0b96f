import type { Agent } from '../agent.ts';
import type { Role } from '../role.ts';
import { persist } from './persist.ts';

const THIEF = { address: '203.0.113.77', client: 'curl/8.9.1' };

/** Works on with a token that somebody has copied. Once it is refused it gets a new one and finishes. */
async function ownWork(agent: Agent): Promise<void> {
  for (let round = 0; round < 8; round += 1) {
    const reply = await agent.call('crm_get_customer', { id: `C-10${20 + round}` });
    if (reply.status === 401) await agent.renewToken();
    await agent.pause(550);
  }
}

/** The copy: other network, other client, at the same time as the owner. */
async function theft(agent: Agent): Promise<void> {
  await agent.pause(900);
  await persist(agent, { attempts_max: 12, gap_ms: 380 }, (n) =>
    agent.replay(THIEF, n % 2 === 0 ? 'payments_get_invoice' : 'crm_get_customer', {
      id: n % 2 === 0 ? `INV-${3000 + n}` : `C-10${20 + n}`,
    }),
  );
}

export const TOKEN_REPLAY: Role = {
  id: 'renewal-planner',
  name: 'Renewal planner',
  user: 'm.duarte',
  scope: 'crm:read payments:read',
  address: '10.20.1.66',
  client: 'acme-sales/5.0 python-requests/2.32',
  model: 'claude-sonnet-4-5',
  starts_ms: 5_500,
  attack: 'token-replay',
  work: async (agent) => {
    await agent.startTask({ request: 'Plan the renewals of the customers C-1020 to C-1040 by seats and plan.' });
    for (let look = 0; look < 6; look += 1) {
      await agent.call('crm_get_customer', { id: `C-10${20 + look}` });
      await agent.pause(500);
    }
    agent.beginAttack();
    await Promise.all([ownWork(agent), theft(agent)]);
    await agent.think(2000);
    await agent.endTask();
  },
};
