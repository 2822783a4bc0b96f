import assert from 'node:assert';
import { join } from 'node:path';
import { DETECTORS } from '../../detectors/index.ts';
import type { Config } from '../config/config.ts';
import { PACKAGE_ROOT } from '../config/package-root.ts';
import { sharedDir } from '../config/roles.ts';
import { type Ingest, startIngest } from '../ingest/ingest.ts';
import { needsOf } from '../selftest/needs.ts';
import type { Rules } from '../serve/console/rules.ts';
import type { Port } from '../serve/port.ts';
import type { Needs } from '../serve/producers.ts';
import { type Serve, startOperator, startServe } from '../serve/serve.ts';
import { healthOf, isReady } from './health.ts';
import { addPassedRoutes } from './responder/pass.ts';
import { ownGroup, type Tripline } from './tripline.ts';

const DAY_MS = 86_400_000;

export interface Doors {
  /** Where the process has that role; a mistake of ours to ask elsewhere. */
  readonly ingest: Ingest;
  serve: Serve;
}

const CONSOLE = join(PACKAGE_ROOT, 'dist', 'console');

export interface DoorOptions {
  /** Folder of the built console. */
  console?: string;
  /** Of the API, where it is open already. */
  port?: Port | undefined;
}

/** Opens the doors of a running Tripline: telemetry in, API and console out, as far as these are its roles; health and metrics anyway. */
export async function openDoors(tripline: Tripline, options: DoorOptions = {}): Promise<Doors> {
  const { config, responder, metrics, logger } = tripline;
  const operator = {
    metrics,
    logger,
    config: config.serve,
    health: () => healthOf(tripline),
    ready: () => isReady(tripline),
    port: options.port,
    addPeerRoutes: responder.addAskRoute,
  };
  const serve = config.roles.includes('serve')
    ? await startServe({ ...operator, ...serveDeps(tripline), console: options.console ?? CONSOLE })
    : await startOperator(operator);
  tripline.onClose(() => serve.close());
  responder.reachableAt(config.serve.advertise ?? serve.url);
  const ingest = config.roles.includes('ingest') ? await openIngest(tripline) : undefined;
  return {
    serve,
    get ingest() {
      assert(ingest, 'this process has the role ingest');
      return ingest;
    },
  };
}

async function openIngest(tripline: Tripline): Promise<Ingest> {
  const { config, inbox, metrics, logger, responder } = tripline;
  const ingest = await startIngest({
    log: inbox,
    metrics,
    logger,
    config: config.ingest,
    data_dir: sharedDir(config),
    credentialColumns: tripline.credentialColumns,
    feedback: responder.asks.heard,
    followers: ownGroup('door', config),
    ...(config.ssf && { addRoutes: (app, readBody) => addPassedRoutes(app, readBody, responder.asks) }),
  });
  tripline.onClose(() => ingest.close());
  return ingest;
}

function serveDeps(tripline: Tripline) {
  const { config, store, live, recent, metrics, responder } = tripline;
  const { asks } = responder;
  return {
    store,
    live,
    needs: needsOfAll(config),
    takesOption: (id: string, option: string, value: number) => takesOption(config, id, option, value),
    revocations: { revoked: asks.revoked, signer: asks },
    keptFrom: () => ({
      alerts: Date.now() - config.store.alerts_days * DAY_MS,
      revocations: Date.now() - config.store.revocations_days * DAY_MS,
      audit: Date.now() - config.store.audit_days * DAY_MS,
    }),
    rules: () => rulesOf(tripline),
    control: asks,
    triage: { recent, metrics, record: asks.record, config: config.triage, clock: Date.now },
  };
}

function takesOption({ detect }: Config, id: string, option: string, value: number): boolean {
  const detector = DETECTORS.find((one) => one.id === id);
  const own = (detect.detectors[id]?.config ?? {}) as object;
  // Strict objects: an option that the detector does not have is refused too.
  return detector?.config.safeParse({ ...own, [option]: value }).success === true;
}

async function rulesOf({ config, responder }: Tripline): Promise<Rules> {
  const { detectors } = config.detect;
  return {
    detectors: DETECTORS.map(({ id, version, meta }) => ({
      id,
      version,
      enabled: detectors[id]?.enabled ?? true,
      meta,
    })),
    policy: { ...(await responder.asks.policy()) },
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
