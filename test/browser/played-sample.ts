import { pino } from 'pino';
import { playScenario } from '../../samples/scenario/play.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createRecord, judgeAttacks } from '../../src/run/outcome.ts';
import { forgetSampleKeys, freshSampleKeys, ordersSettled, prepareSample } from '../../src/run/sample.ts';
import { openDoors } from '../../src/run/server.ts';
import { openTripline } from '../../src/run/tripline.ts';

export interface PlayedSample {
  url: string;
  /** Every page of the console, with something on it: name and address. */
  pages(): Promise<[name: string, path: string][]>;
  close(): Promise<void>;
}

/** A Tripline that has played the sample and stays up. */
export async function playedSample(data_dir: string, consoleFolder: string): Promise<PlayedSample> {
  const own = parseConfig({ data_dir, ingest: { port: 0 }, serve: { port: 0 } }, 'test');
  const sample = await prepareSample(own);
  const tripline = await openTripline({
    config: sample.config,
    policy: sample.policy,
    logger: pino({ level: 'silent' }),
  });
  const { ingest, serve } = await openDoors(tripline, { console: consoleFolder });
  const record = createRecord();
  tripline.live.listen((item) => record.add(item));
  const keys = await freshSampleKeys(sample.config.data_dir);
  const played = await playScenario({ ingestUrl: ingest.url, keys, sandbox: sample.sandbox });
  await ordersSettled(tripline, () =>
    judgeAttacks(played, record).some(({ caught, confirmed }) => caught && !confirmed),
  );
  return {
    url: serve.url,
    pages: () => pagesOf(serve.url),
    async close() {
      await forgetSampleKeys(sample.config.data_dir);
      await tripline.close();
      await sample.close();
    },
  };
}

async function pagesOf(url: string): Promise<[string, string][]> {
  const read = async (path: string) =>
    ((await (await fetch(url + path)).json()) as { items: Record<string, string>[] }).items;
  const [alert] = await read('/api/queue?detector=token-replay');
  const [order] = await read(`/api/orders?credential=${encodeURIComponent(alert!.credential!)}`);
  const query = (params: Record<string, string>) => new URLSearchParams(params).toString();
  return [
    ['alerts', '/'],
    ['each-alert', '/?group=none&sort=time'],
    ['alert', `/alert?${query({ id: alert!.alert_id! })}`],
    ['revocations', '/revocations'],
    ['revocation', `/revocation?${query({ id: order!.order_id! })}`],
    ['agent', `/agent?${query({ agent_id: 'seat-counter' })}`],
    ['credential', `/credential?${query({ credential: alert!.credential! })}`],
    ['map', '/map'],
    ['rules', '/rules'],
    ['health', '/health'],
  ];
}
