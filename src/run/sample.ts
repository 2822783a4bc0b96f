import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type SandboxHandle, startSandbox } from '../../samples/sandbox/start.ts';
import { CLIENTS } from '../../samples/scenario/fleet.ts';
import { type Config, type ConfigInput, parseConfig } from '../config/config.ts';
import { PACKAGE_ROOT } from '../config/package-root.ts';
import { createKey, listKeys, revokeKey } from '../ingest/keys.ts';
import { lockDataDir } from '../log/lmdb/lock.ts';
import { loadPolicy, type Policy } from '../respond/policy.ts';
import type { Tripline } from './tripline.ts';

const PRODUCERS = { agents: 'sample-agents', gateway: 'sample-gateway', contractor: 'sample-contractor' } as const;
const SECRET_ENV = 'TRIPLINE_SANDBOX_WEBHOOK_SECRET';
const CONFIRM_MS_MAX = 10_000;

export interface Sample {
  sandbox: SandboxHandle;
  config: Config;
  policy: Policy;
  close(): Promise<void>;
}

/**
 * Starts the sandbox and makes the configuration that knows it: the operator's own, with the sandbox as receiver, and with a data
 * folder inside of the operator's that a play starts empty. With the past of an earlier play the agents would know every service.
 */
export async function prepareSample(own: Config): Promise<Sample> {
  const data_dir = join(own.data_dir, 'sample');
  await empty(data_dir);
  const sandbox = await startSandbox(CLIENTS);
  process.env[SECRET_ENV] = sandbox.webhookSecret;
  const policy = loadPolicy(await readFile(join(PACKAGE_ROOT, 'samples', 'policy.yaml'), 'utf8'));
  const config = parseConfig(
    withSandbox({ ...own, data_dir }, sandbox.revocationsUrl),
    'The configuration of the sample',
  );
  return {
    sandbox,
    config,
    policy,
    close: () => sandbox.close(),
  };
}

async function empty(dir: string): Promise<void> {
  const log = join(dir, 'log');
  const lock = await lockDataDir(log);
  try {
    const names = [...(await readdir(dir)), ...(await readdir(log)).map((name) => join('log', name))];
    const old = names.filter((name) => name !== 'log' && name !== join('log', '.lock'));
    await Promise.all(old.map((name) => rm(join(dir, name), { recursive: true, force: true })));
  } finally {
    await lock.release();
  }
}

/** Resolves when nothing is on its way any more: every order is confirmed or has failed, or the time is up. */
export async function ordersSettled(tripline: Tripline, isOpen: () => boolean): Promise<void> {
  const until = Date.now() + CONFIRM_MS_MAX;
  await tripline.settled();
  while (isOpen() && Date.now() < until) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, 200);
      const stop = tripline.live.listen(done);
      function done() {
        clearTimeout(timer);
        stop();
        resolve();
      }
    });
  }
  await tripline.settled();
}

/** The play lasts seconds, so a past of seconds has to do; a detector that the operator configured stays as it is. */
const SHORT_PAST = { 'lateral-movement': { config: { baseline_ms_min: 5_000 } } };

function withSandbox(own: Config, url: string): ConfigInput {
  const sandbox = { type: 'webhook', url, secrets: [{ env: SECRET_ENV }], allow_private: true };
  // The same edge: it can take a suspension back, and no revocation.
  const gateway = { ...sandbox, can_undo: true };
  return {
    ...own,
    detect: { ...own.detect, detectors: { ...SHORT_PAST, ...own.detect.detectors } },
    respond: { ...own.respond, receivers: { ...own.respond.receivers, sandbox, 'sandbox-gateway': gateway } },
  } as ConfigInput;
}

/** New keys for the producers of the sample; those of a run that died are revoked. */
export async function freshSampleKeys(
  data_dir: string,
): Promise<{ agents: string; gateway: string; contractor: string }> {
  await forgetSampleKeys(data_dir);
  const agents = await createKey(data_dir, PRODUCERS.agents);
  const gateway = await createKey(data_dir, PRODUCERS.gateway);
  const contractor = await createKey(data_dir, PRODUCERS.contractor);
  return { agents: agents.key, gateway: gateway.key, contractor: contractor.key };
}

export async function forgetSampleKeys(data_dir: string): Promise<void> {
  const ours = listKeys(data_dir).filter(({ producer }) => Object.values<string>(PRODUCERS).includes(producer));
  for (const { id } of ours) await revokeKey(data_dir, id);
}
