import type { Role } from '../role.ts';

/** Money and reports. */
export const FINANCE: readonly Role[] = [
  {
    // Is told to wait by the ledger again and again, and waits: throttling is no storm.
    id: 'ledger-reconciler',
    name: 'Ledger reconciler',
    user: 'h.lindqvist',
    scope: 'payments:read',
    address: '10.20.2.14',
    client: 'acme-finance/2.2 java-http-client/21',
    model: 'claude-sonnet-4-5',
    starts_ms: 400,
    work: async (agent) => {
      await agent.startTask({
        request: 'Reconcile the October ledger, all pages, and tell me the closing balance.',
        tools: ['payments_read_ledger'],
        targets: ['payments/ledger/*'],
      });
      for (let page = 1; page <= 7; page += 1) {
        await agent.callPatiently('payments_read_ledger', { month: '2026-10', page });
        await agent.pause(350);
        if (page % 3 === 0) await agent.think(2600);
      }
      await agent.endTask();
    },
  },
  {
    // Pays, and may: amount, account and payee stand in the request.
    id: 'payables-clerk',
    name: 'Payables clerk',
    user: 'h.lindqvist',
    scope: 'payments:read payments:write',
    address: '10.20.2.19',
    client: 'acme-finance/2.2 java-http-client/21',
    model: 'claude-sonnet-4-5',
    starts_ms: 5_000,
    work: async (agent) => {
      const iban = 'NO9386011117947';
      await agent.startTask({
        request: `Pay invoice INV-2207: transfer 1480 EUR to ${iban}, then check that the invoice is settled.`,
      });
      await agent.call('payments_get_invoice', { id: 'INV-2207' });
      await agent.think(700);
      await agent.call('payments_create_transfer', { iban, amount: 1480, currency: 'EUR', reference: 'INV-2207' });
      await agent.call('payments_get_invoice', { id: 'INV-2207' });
      await agent.endTask();
    },
  },
  {
    // Finds the warehouse asleep, backs off, and gets its data.
    id: 'nightly-report',
    name: 'Nightly report',
    user: 'scheduler',
    scope: 'warehouse:read files:write',
    address: '10.20.2.31',
    client: 'acme-reports/0.8 python-httpx/0.28',
    model: 'gpt-4.1',
    starts_ms: 1_800,
    work: async (agent) => {
      await agent.startTask({ request: 'Build the churn report from export E-71 and save it as file F-5100.' });
      await agent.callPatiently('warehouse_get_export', { id: 'E-71' });
      for (const sql of [
        'select count() from invoices where paid = 0',
        'select plan, count() from accounts group by plan',
      ]) {
        await agent.call('warehouse_run_query', { sql });
        await agent.think(1500);
      }
      await agent.call('files_write', { id: 'F-5100', title: 'Churn, October' });
      await agent.endTask();
    },
  },
];
