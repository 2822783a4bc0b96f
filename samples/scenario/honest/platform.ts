import type { Role } from '../role.ts';

const HOSTS = Array.from({ length: 14 }, (_, index) => `edge-${String(index + 1).padStart(2, '0')}`);

/** Builds, deployments, hosts, secrets. */
export const PLATFORM: readonly Role[] = [
  {
    // The same call over and over, with another answer each time: polling is no loop.
    id: 'ci-runner',
    name: 'CI runner',
    user: 'scheduler',
    scope: 'builds:read builds:write',
    address: '10.20.3.12',
    client: 'acme-ci/7.1 go-http-client/2.0',
    model: 'claude-haiku-4-5',
    starts_ms: 900,
    work: async (agent) => {
      await agent.startTask({ request: 'Build branch release/4.8 and report when it has passed.' });
      const { body } = await agent.call('builds_start', { branch: 'release/4.8' });
      let state = '';
      for (let poll = 0; poll < 12 && state !== 'passed'; poll += 1) {
        await agent.pause(800);
        state = String((await agent.call('builds_get_status', { id: String(body.build) })).body.state);
      }
      await agent.endTask();
    },
  },
  {
    // Is redeployed in the middle of its work: another node and instance, one after the other, with the same token.
    id: 'deploy-manager',
    name: 'Deploy manager',
    user: 'r.farouk',
    scope: 'services:write metrics:read',
    address: '10.20.3.21',
    client: 'acme-deploy/2.0 go-http-client/2.0',
    model: 'claude-sonnet-4-5',
    starts_ms: 600,
    work: async (agent) => {
      await agent.startTask({
        request: 'Roll version 4.7.3 of the checkout service out and watch its latency for a while.',
      });
      await agent.call('services_deploy', { name: 'checkout', version: '4.7.3' });
      for (let sample = 0; sample < 4; sample += 1) {
        await agent.call('metrics_query', { service: 'checkout' });
        await agent.pause(700);
      }
      await agent.moveTo('10.20.3.64');
      for (let sample = 0; sample < 5; sample += 1) {
        await agent.call('metrics_query', { service: 'checkout' });
        await agent.pause(700);
      }
      await agent.endTask();
    },
  },
  {
    // Reads a secret and sends a mail, as it was told to. The mail goes to the address of the request, without the secret.
    id: 'secret-rotator',
    name: 'Secret rotator',
    user: 'r.farouk',
    scope: 'vault:read vault:write mail:send',
    address: '10.20.3.40',
    client: 'acme-vaultbot/1.4 go-http-client/2.0',
    model: 'claude-haiku-4-5',
    starts_ms: 3_500,
    work: async (agent) => {
      const to = 'oncall@acme.example';
      await agent.startTask({
        request: `Read the vault secret warehouse/reader, rotate it, and send a mail to ${to} when it is done.`,
        tools: ['vault_read_secret', 'vault_rotate_secret', 'mail_send_message'],
        targets: ['vault/secrets/warehouse/*', 'mail/messages'],
      });
      await agent.call('vault_read_secret', { name: 'warehouse/reader' });
      await agent.think(600);
      const { body } = await agent.call('vault_rotate_secret', { name: 'warehouse/reader' });
      await agent.call('mail_send_message', {
        to,
        subject: 'Rotation done',
        body: `warehouse/reader is at version ${body.version}.`,
      });
      await agent.endTask();
    },
  },
  {
    // New today, and reaches many hosts at once: its request says so.
    id: 'fleet-auditor',
    name: 'Fleet auditor',
    user: 'k.adeyemi',
    scope: 'hosts:read wiki:write',
    address: '10.20.3.55',
    client: 'acme-audit/0.1 python-httpx/0.28',
    model: 'gpt-4.1',
    starts_ms: 6_000,
    work: async (agent) => {
      await agent.startTask({
        request:
          'Take the inventory of every edge host, edge-01 to edge-14, and write the kernel versions to the wiki page edge-kernels.',
        tools: ['hosts_get_inventory', 'wiki_update_page'],
        targets: ['hosts/edge-*', 'wiki/pages/edge-kernels'],
      });
      for (const name of HOSTS) await agent.call('hosts_get_inventory', { name });
      await agent.think(3100);
      await agent.call('wiki_update_page', { slug: 'edge-kernels', text: 'Kernel versions of the edge, 14 hosts.' });
      await agent.endTask();
    },
  },
  {
    // Asks once for what it may not have, is refused, and leaves it. Its debug text holds its own token: the door has to strip it.
    id: 'oncall-helper',
    name: 'On-call helper',
    user: 's.ito',
    scope: 'metrics:read hosts:read',
    address: '10.20.3.71',
    client: 'acme-oncall/1.1 node-fetch',
    model: 'claude-sonnet-4-5',
    starts_ms: 2_000,
    work: async (agent) => {
      await agent.startTask({
        request: 'Find out why search is slow: look at the metrics of search and index, and at host edge-03.',
      });
      for (const service of ['search', 'index', 'search']) {
        await agent.call('metrics_query', { service });
        await agent.pause(600);
      }
      await agent.call('hosts_get_inventory', { name: 'edge-03' });
      const careless = `curl -H "Authorization: Bearer ${agent.identity.token!.access_token}" gateway/hosts/edge-03/shell`;
      await agent.call('hosts_open_shell', { name: 'edge-03' }, { attributes: { 'debug.command': careless } });
      await agent.think(1400);
      await agent.endTask();
    },
  },
];
