import { type Stats, unwatchFile, watchFile } from 'node:fs';
import type { Config } from '../config/config.ts';
import { digestOf } from '../detect/canonical.ts';
import { TriplineError } from '../errors.ts';
import { policyOf } from './policy.ts';
import type { Tripline } from './tripline.ts';

const LOOK_MS = 1000;

type Following = Pick<Tripline, 'config' | 'parts' | 'responder' | 'metrics' | 'logger' | 'onClose'>;

export interface ReloadFrom {
  /** The configuration file; it may be absent. */
  file: string;
  /** Reads it again. @throws TriplineError TRIPLINE_CONFIG_INVALID */
  read(): Promise<Config>;
}

/**
 * Follows the files of configuration and policy: the options of detectors and the policy take effect while Tripline runs, the rest at the
 * next start. A file that cannot be used changes nothing; why is logged and counted.
 */
export function followFiles(tripline: Following, { file, read }: ReloadFrom): void {
  let seen = tripline.config;
  follow(tripline, file, async () => {
    const next = await read();
    sayWhatWaits(tripline, seen, next);
    seen = next;
    if (await tripline.parts.detect?.reload(next.detect.detectors)) changed(tripline, 'detectors');
  });
  const { respond } = tripline.config;
  if (respond.policy_file === undefined) return;
  follow(tripline, respond.policy_file, async () => {
    if (tripline.responder.follow(await policyOf(respond))) changed(tripline, 'policy');
  });
}

function changed({ metrics, logger }: Following, part: string): void {
  metrics.reloads.inc({ part, result: 'changed' });
  logger.info({ part }, 'Goes on with what the file says now');
}

/** One reading after another, so that the last state of the file is the one that holds. */
function follow({ metrics, logger, onClose }: Following, file: string, reread: () => Promise<void>): void {
  let turn = Promise.resolve();
  const again = () => {
    turn = turn.then(reread).catch((error: unknown) => {
      if (!(error instanceof TriplineError)) throw error;
      metrics.reloads.inc({ part: file, result: 'refused' });
      logger.error({ file, reason: error.message }, 'The file cannot be used; what held before still holds');
    });
  };
  const look = (now: Stats, before: Stats) => {
    if (now.mtimeMs !== before.mtimeMs || now.size !== before.size || now.ino !== before.ino) again();
  };
  watchFile(file, { interval: LOOK_MS, persistent: false }, look);
  // It may have changed since it was read, before anybody watched.
  again();
  onClose(async () => {
    unwatchFile(file, look);
    await turn;
  });
}

function sayWhatWaits({ logger }: Following, before: Config, now: Config): void {
  const rest = (config: Config) => ({ ...config, detect: { ...config.detect, detectors: {} } });
  const [old, next] = [rest(before), rest(now)];
  const sections = Object.keys(next).filter((name) => {
    const key = name as keyof Config;
    return digestOf(old[key], 32) !== digestOf(next[key], 32);
  });
  if (sections.length > 0) logger.warn({ sections }, 'These sections changed and take effect at the next start');
}
