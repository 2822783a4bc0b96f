import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TriplineError } from '../../src/errors.ts';
import type { Delivery, DoorTarget } from '../door/reporter.ts';
import type { Order, Report, SandboxAddresses, SandboxClient } from './types.ts';

export interface SandboxHandle extends SandboxAddresses {
  /** Its process, for those who measure. */
  readonly pid: number;
  /** From now on the gateway of the sandbox reports every use of a token to this door. */
  reportTo(target: DoorTarget): Promise<void>;
  /** Resolves when everything that the gateway saw was delivered or given up. */
  drain(): Promise<Delivery>;
  close(): Promise<void>;
}

const START_MS_MAX = 20_000;

/**
 * Starts issuer, resource API and revocation edge in a child process, with one OAuth client per entry.
 * @throws TriplineError TRIPLINE_SANDBOX_FAILED
 */
export async function startSandbox(clients: readonly SandboxClient[]): Promise<SandboxHandle> {
  const child = spawn();
  const ask = asker(child);
  try {
    const { addresses } = await ask({ type: 'start', clients }, 'ready');
    return {
      ...addresses,
      pid: child.pid!,
      reportTo: async (to) => void (await ask({ type: 'report', to }, 'reporting')),
      drain: async () => (await ask({ type: 'drain' }, 'drained')).delivery,
      close: () => stop(child),
    };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

/** From source the child needs the same loader as its parent; from dist it is plain JavaScript. */
function spawn(): ChildProcess {
  const own = fileURLToPath(import.meta.url);
  const source = own.endsWith('.ts');
  return fork(own.replace(/start\.(ts|js)$/, 'main.$1'), {
    cwd: dirname(own),
    execArgv: source ? ['--import', 'tsx'] : [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

function asker(child: ChildProcess) {
  return <T extends Report['type']>(order: Order, expected: T): Promise<Extract<Report, { type: T }>> =>
    new Promise((resolve, reject) => {
      const settle = (then: () => void) => {
        clearTimeout(timer);
        child.off('message', onMessage);
        child.off('exit', onExit);
        then();
      };
      const fail = (why: string) =>
        settle(() => reject(new TriplineError('TRIPLINE_SANDBOX_FAILED', `The sample sandbox ${why}`)));
      const onExit = (code: number | null) => fail(`ended with code ${code}`);
      const onMessage = (report: Report) => {
        if (report.type === 'failed') fail(`failed: ${report.message}`);
        if (report.type === expected) settle(() => resolve(report as Extract<Report, { type: T }>));
      };
      const timer = setTimeout(() => fail(`did not answer within ${START_MS_MAX} ms`), START_MS_MAX);
      child.on('message', onMessage);
      child.on('exit', onExit);
      if (child.connected) child.send(order);
      else fail('is not running');
    });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}
