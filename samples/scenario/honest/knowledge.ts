import type { Role } from '../role.ts';

const TOPICS = ['data retention', 'model contracts', 'restore drills', 'regional pricing', 'release freeze'];

/** Reading, writing, people. */
export const KNOWLEDGE_WORK: readonly Role[] = [
  {
    // Long-lived: renews its token, and for a moment a request that was under way still carries the old one.
    id: 'research-librarian',
    name: 'Research librarian',
    user: 'e.moreau',
    scope: 'wiki:read files:read files:write',
    address: '10.20.4.10',
    client: 'acme-research/4.4 python-httpx/0.28',
    model: 'claude-opus-4-1',
    starts_ms: 300,
    work: async (agent) => {
      await agent.startTask({
        request: 'Collect what the wiki says about our five policy topics and draft an overview in file F-6001.',
      });
      for (const [index, topic] of TOPICS.entries()) {
        const { body } = await agent.call('wiki_search', { q: topic });
        await agent.call('wiki_read_page', { slug: String((body.hits as string[])[0]) });
        await agent.think(2200);
        await agent.pause(400);
        if (index !== 2) continue;
        const before = await agent.renewToken();
        await agent.callWith(before, 'wiki_read_page', { slug: 'restore-drills-faq' });
        await agent.call('wiki_read_page', { slug: 'restore-drills-history' });
        await agent.retireToken(before);
      }
      await agent.call('files_write', { id: 'F-6001', title: 'Policy overview' });
      await agent.endTask();
    },
  },
  {
    // Instrumented with OpenTelemetry: reports spans.
    id: 'contract-reader',
    name: 'Contract reader',
    user: 'a.nowak',
    scope: 'files:read files:write',
    address: '10.20.4.22',
    client: 'acme-legal/1.0 python-httpx/0.28',
    model: 'gpt-4.1',
    starts_ms: 1_500,
    reports: 'otlp',
    work: async (agent) => {
      await agent.startTask({
        request: 'Compare the liability clauses of contracts F-2077 and F-2090 and save the comparison as F-6020.',
      });
      for (const id of ['F-2077', 'F-2090']) {
        await agent.call('files_read', { id });
        await agent.think(5200);
      }
      await agent.call('files_write', { id: 'F-6020', title: 'Liability, two contracts' });
      await agent.endTask();
    },
  },
  {
    // Creates accounts because it was asked to, and hands a part of the work to another agent.
    id: 'onboarding-desk',
    name: 'Onboarding desk',
    user: 'm.svensson',
    scope: 'directory:read directory:write',
    address: '10.20.4.31',
    client: 'acme-people/2.6 node-fetch',
    model: 'claude-haiku-4-5',
    starts_ms: 4_000,
    work: async (agent) => {
      await agent.startTask({
        request:
          'Create accounts for the new colleagues y.chen and o.petrov in group finance, and have their welcome page written.',
      });
      for (const login of ['y.chen', 'o.petrov']) {
        await agent.call('directory_get_person', { id: login });
        await agent.call('directory_create_account', { login, groups: ['finance'] });
        await agent.think(500);
      }
      await agent.endTask();
    },
  },
  {
    id: 'welcome-writer',
    name: 'Welcome writer',
    user: 'm.svensson',
    scope: 'wiki:read wiki:write',
    address: '10.20.4.32',
    client: 'acme-people/2.6 node-fetch',
    model: 'claude-haiku-4-5',
    starts_ms: 6_500,
    parent: 'onboarding-desk',
    reports: 'otlp',
    work: async (agent) => {
      await agent.startTask({
        request: 'Write the welcome page for y.chen and o.petrov after the model of the page welcome-template.',
      });
      await agent.call('wiki_read_page', { slug: 'welcome-template' });
      await agent.think(1900);
      await agent.call('wiki_update_page', { slug: 'welcome-finance-december', text: 'Welcome, Yun and Oleg!' });
      await agent.endTask();
    },
  },
  {
    // Watches a mailbox: the same call for a long time, rarely news.
    id: 'inbox-watcher',
    name: 'Inbox watcher',
    user: 'd.kaya',
    scope: 'mail:read crm:read',
    address: '10.20.4.47',
    client: 'acme-inbox/3.0 python-requests/2.32',
    model: 'gpt-4.1-mini',
    starts_ms: 700,
    work: async (agent) => {
      await agent.startTask({
        request: 'Watch the orders mailbox this morning and look up ticket T-204 when the supplier answers.',
      });
      for (let look = 0; look < 8; look += 1) {
        await agent.call('mail_list_inbox', { box: 'orders' });
        await agent.pause(1100);
      }
      await agent.call('crm_get_ticket', { id: 'T-204' });
      await agent.endTask();
    },
  },
];
