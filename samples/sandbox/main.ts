import assert from 'node:assert';
import { NOTHING } from '../door/reporter.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';
import type { Order, Report } from './types.ts';

/** The sandbox as a child process: takes orders over the IPC channel, ends when its parent does. */
assert(process.send !== undefined, 'the sandbox is started by its parent: see start.ts');

let sandbox: Sandbox | undefined;
const tell = (report: Report) => process.send?.(report);

async function follow(order: Order): Promise<void> {
  switch (order.type) {
    case 'start':
      sandbox = await createSandbox(order.clients);
      return void tell({ type: 'ready', addresses: sandbox.addresses });
    case 'report':
      sandbox?.reportTo(order.to);
      return void tell({ type: 'reporting' });
    case 'drain':
      return void tell({
        type: 'drained',
        delivery: (await sandbox?.drain()) ?? NOTHING,
      });
  }
}

process.on('message', (order: Order) => {
  follow(order).catch((error: unknown) => tell({ type: 'failed', message: String(error) }));
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole group: the parent decides when the sandbox goes.
process.on('SIGINT', () => {});
