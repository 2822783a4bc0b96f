import { join } from 'node:path';
import { DETECTORS } from '../../detectors/index.ts';
import type { Config } from '../config/config.ts';
import { PACKAGE_ROOT } from '../config/package-root.ts';
import { type Ingest, startIngest } from '../ingest/ingest.ts';
import { needsOf } from '../selftest/needs.ts';
import type { Rules } from '../serve/console/rules.ts';
import type { Needs } from '../serve/producers.ts';
import { type Serve, startServe } from '../serve/serve.ts';
import { healthOf } from './health.ts';
import { type RunOptions, untilStopped } from './io.ts';
import { policyOf } from './policy.ts';
import { followFiles, type ReloadFrom } from './reload.ts';
import { openTripline, type Tripline } from './tripline.ts';

const DAY_MS = 86_400_000;

export interface Doors {
  ingest: Ingest;
  serve: Serve;
}

const CONSOLE = join(PACKAGE_ROOT, 'dist', 'console');

/** Opens both doors of a running Tripline: telemetry in, API and console out. */
export async function openDoors(tripline: Tripline, consoleFolder = CONSOLE): Promise<Doors> {
  const { config, inbox, store, live, metrics, logger, respond } = tripline;
  const serve = await startServe({
    store,
    live,
    metrics,
    logger,
    config: config.serve,
    health: () => healthOf(tripline),
    needs: needsOfAll(config),
    takesOption: (id, option, value) => takesOption(config, id, option, value),
    revocations: { revoked: respond.revoked, signer: tripline.signer },
    evidence: {
      signer: tripline.signer,
      rule: respond.rule,
      keptFrom: () => ({
        alerts: Date.now() - config.store.alerts_days * DAY_MS,
        revocations: Date.now() - config.store.revocations_days * DAY_MS,
      }),
    },
    rules: () => rulesOf(tripline),
    console: consoleFolder,
    control: { ...respond.people, pause: respond.pause, resume: respond.resume },
  });
  tripline.onClose(() => serve.close());
  const ingest = await startIngest({
    log: inbox,
    metrics,
    logger,
    config: config.ingest,
    data_dir: config.data_dir,
    credentialColumns: tripline.credentialColumns,
    feedback: respond.feedback,
    ...(tripline.ssf && { addRoutes: tripline.ssf.addRoutes }),
  });
  tripline.onClose(() => ingest.close());
  return { ingest, serve };
}

function takesOption({ detect }: Config, id: string, option: string, value: number): boolean {
  const detector = DETECTORS.find((one) => one.id === id);
  const own = (detect.detectors[id]?.config ?? {}) as object;
  // Strict objects: an option that the detector does not have is refused too.
  return detector?.config.safeParse({ ...own, [option]: value }).success === true;
}

function rulesOf({ config, respond }: Tripline): Rules {
  const { detectors } = config.detect;
  return {
    detectors: DETECTORS.map(({ id, version, meta }) => ({
      id,
      version,
      enabled: detectors[id]?.enabled ?? true,
      meta,
    })),
    policy: { ...respond.policy() },
  };
}

/** Found when first asked, since it tries each detector. */
function needsOfAll({ detect }: Config): () => Needs {
  let known: Needs | undefined;
  return () => {
    known ??= new Map(
      DETECTORS.flatMap((detector) => {
        const needs = needsOf(detector, detect.detectors[detector.id]?.config ?? {});
        return needs === undefined ? [] : [[detector.id, needs] as const];
      }),
    );
    return known;
  };
}

export interface ServerOptions extends RunOptions {
  reload: ReloadFrom;
}

/** `tripline up`: runs until it is told to stop. */
export async function runServer({ config, logger, print, printJson, reload }: ServerOptions): Promise<number> {
  const policy = await policyOf(config.respond);
  const tripline = await openTripline({ config, policy, logger });
  try {
    const { ingest, serve } = await openDoors(tripline);
    followFiles(tripline, reload);
    print(`Door     ${ingest.url}   events and OpenTelemetry`);
    print(`Console  ${serve.url}   alerts, revocations, API, /metrics`);
    printJson({ ingest: ingest.url, api: serve.url });
    await Promise.race([untilStopped(), tripline.failed]);
    print('Stopping');
  } finally {
    await tripline.close();
  }
  return 0;
}
