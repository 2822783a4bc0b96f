import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../../config/config.ts';
import { sharedDir } from '../../config/roles.ts';
import { TriplineError } from '../../errors.ts';
import type { Column } from '../../event/field.ts';
import { createApp } from '../../ingest/app.ts';
import { loadSecret } from '../../ingest/secret.ts';
import type { Log } from '../../log/log.ts';
import { stateEntry } from '../../log/state-entry.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import { startNotify } from '../../respond/notify/notify.ts';
import type { Policy } from '../../respond/policy.ts';
import { type Respond, startRespond } from '../../respond/respond.ts';
import { loadReceivers } from '../../respond/revokers/index.ts';
import { openSigner } from '../../signing/signer.ts';
import { startSsf } from '../../ssf/index.ts';
import { openDesk } from '../../triage/index.ts';
import { createClosers } from '../closers.ts';
import { type Asks, asksBy, localAsks } from './asks.ts';
import { addAskRoute, askAt, peerKey, unreachable } from './remote.ts';

export interface ResponderDeps {
  log: Log;
  metrics: Metrics;
  logger: Logger;
  config: Config;
  policy: Policy;
  credentialColumns: readonly Column[];
}

/** The response as the rest of a process sees it: it runs here, or in the process that leads. */
export interface Responder {
  readonly asks: Asks;
  /** While it runs here. */
  here(): Respond | undefined;
  /** Decides by another policy, now and whenever this process leads; false where nothing changed. */
  follow(policy: Policy): boolean;
  addAskRoute: (app: Parameters<typeof addAskRoute>[0]) => void;
  /** Tells the other processes where they can ask, while it runs here. */
  reachableAt(url: string): void;
  /** Rejects when it cannot go on. Never resolves before close. */
  readonly finished: Promise<void>;
  close(): Promise<void>;
}

const NAME = 'respond';
const SCOPE = `lead/${NAME}`;
const URL_KEY = 'url';
const RETRY_MS = 1000;

/**
 * Responds while no other process does, and waits for its turn otherwise; without the role it only asks.
 * @throws TriplineError TRIPLINE_POLICY_INVALID, TRIPLINE_CONFIG_INVALID
 */
export async function startResponder(deps: ResponderDeps): Promise<Responder> {
  const { log, config } = deps;
  const key = peerKey(await loadSecret(sharedDir(config)));
  let { policy } = deps;
  let here: { respond: Respond; asks: Asks; log: Log } | undefined;
  let url: string | undefined;
  const announce = async (): Promise<void> => {
    while (here !== undefined && url !== undefined) {
      try {
        return void (await here.log.write({ state: [{ scope: SCOPE, key: URL_KEY, value: Buffer.from(url) }] }));
      } catch (error) {
        if (!(error instanceof TriplineError && error.retriable)) return;
        await delay(RETRY_MS);
      }
    }
  };

  const open = async (led: Log) => {
    const part = await startResponding({ ...deps, log: led, policy });
    here = { ...part, log: led };
    void announce();
    return {
      finished: part.finished,
      close() {
        here = undefined;
        return part.close();
      },
    };
  };
  const ask: Parameters<typeof asksBy>[0] = async (name, args) => {
    if (here) return (here.asks[name] as (...all: readonly unknown[]) => Promise<unknown>)(...args);
    const at = await stateEntry(log, SCOPE, URL_KEY);
    if (at === undefined) throw unreachable('No process responds');
    return askAt(at.toString(), key, name, args);
  };
  const lead = config.roles.includes('respond') ? await log.lead(NAME, open) : undefined;
  return {
    asks: asksBy(ask),
    here: () => here?.respond,
    follow(next) {
      const other = next.version !== policy.version;
      here?.respond.follow(next);
      policy = next;
      return other;
    },
    addAskRoute: (app) => addAskRoute(app, key, () => here?.asks),
    reachableAt(at) {
      url = at;
      void announce();
    },
    finished: lead?.finished ?? new Promise(() => {}),
    close: async () => lead?.close(),
  };
}

/** Everything that one process at a time does: orders, chats, streams of security events, signatures. */
async function startResponding({ log, metrics, logger, config, policy, credentialColumns }: ResponderDeps) {
  const { keep, close } = createClosers();
  try {
    const parts = { log, metrics, logger };
    const signer = await openSigner({ dir: sharedDir(config), ...config.respond.signing });
    const receivers = loadReceivers(config.respond.receivers, { signer });
    const respond = keep(
      await startRespond({ ...parts, policy, receivers, config: config.respond, credentialColumns }),
    );
    const notify = keep(await startNotify({ ...parts, chats: config.respond.chats }));
    const { app, readBody } = createApp({ config: config.ingest, metrics, logger });
    keep(app);
    const ssf = config.ssf === undefined ? undefined : keep(await startSsf({ ...parts, signer, config: config.ssf }));
    ssf?.addRoutes(app, readBody);
    const desk = await openDesk({ log, metrics, config: config.triage });
    const asks = localAsks({ respond, signer, desk, app });
    const finished = Promise.race([respond, notify, ...(ssf ? [ssf] : [])].map((part) => part.finished));
    finished.catch(() => {});
    return { respond, asks, finished, close };
  } catch (error) {
    await close();
    throw error;
  }
}
