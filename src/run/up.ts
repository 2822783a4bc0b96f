import type { Config } from '../config/config.ts';
import { openPort, type Port } from '../serve/port.ts';
import { type RunOptions, untilStopped } from './io.ts';
import { policyOf } from './policy.ts';
import { followFiles, type ReloadFrom } from './reload.ts';
import { openDoors } from './server.ts';
import { openTripline, type Tripline } from './tripline.ts';
import { primaryConfig, startWorkers, workerConfig, workerNumber } from './workers.ts';

export interface UpOptions extends RunOptions {
  reload: ReloadFrom;
}

/** Where a process is reached: the door, where it has one, and health, metrics and what else it serves. */
export interface Addresses {
  ingest?: string;
  api: string;
}

/** `tripline up`: runs until it is told to stop. */
export async function runUp(options: UpOptions): Promise<number> {
  const number = workerNumber();
  if (number !== undefined) {
    const shape = (config: Config) => workerConfig(config, number);
    return runProcess(shaped(options, shape), async (_, addresses) => void process.send!(addresses));
  }
  if (options.config.workers === 1) return runProcess(options, async (_, addresses) => show(options, addresses));
  const { config } = options;
  return runProcess(shaped(options, primaryConfig), async ({ metrics, logger, onClose }, { api }) => {
    const workers = startWorkers(config, metrics, logger);
    onClose(workers.close);
    const all = await workers.ready;
    show(options, { ...all[0], api }, all);
  });
}

/** The same run by another configuration, now and when its file changes. */
function shaped(options: UpOptions, shape: (config: Config) => Config): UpOptions {
  const { config, reload } = options;
  return { ...options, config: shape(config), reload: { ...reload, read: async () => shape(await reload.read()) } };
}

async function runProcess(
  { config, logger, reload }: UpOptions,
  isUp: (tripline: Tripline, addresses: Addresses) => Promise<void>,
): Promise<number> {
  const policy = await policyOf(config.respond);
  let port: Port | undefined;
  // Alive and not ready while state is read, once the data folder is ours.
  const opened = async () => {
    port = await openPort(config.serve);
  };
  try {
    const tripline = await openTripline({ config, policy, logger, opened });
    try {
      const doors = await openDoors(tripline, { port });
      followFiles(tripline, reload);
      const stopped = untilStopped();
      const ready = isUp(tripline, {
        ...(config.roles.includes('ingest') && { ingest: doors.ingest.url }),
        api: doors.serve.url,
      });
      await Promise.race([stopped, tripline.failed, ready.then(() => stopped)]);
    } finally {
      await tripline.close();
    }
  } finally {
    await port?.close();
  }
  return 0;
}

function show({ config, print, printJson }: UpOptions, { ingest, api }: Addresses, workers: Addresses[] = []): void {
  if (ingest) print(`Door     ${ingest}   events and OpenTelemetry`);
  print(`Console  ${api}   ${config.roles.includes('serve') ? 'alerts, revocations, API, ' : ''}/metrics`);
  workers.forEach(({ api: health }, i) => {
    print(`Worker ${i + 1} ${health}   /metrics`);
  });
  printJson({ ...(ingest && { ingest }), api, ...(workers.length > 0 && { workers: workers.map(({ api }) => api) }) });
}
