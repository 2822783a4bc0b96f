import { afterEach, beforeEach, expect, vi } from 'vitest';
import { EVENT } from '../event/event.ts';
import type { Log } from '../log/log.ts';
import { createMemoryDisk, type MemoryDisk } from '../log/memory-disk.ts';
import { openMemoryLog } from '../log/memory-log.ts';
import type { Order } from '../order/order.ts';
import { RespondConfig } from './config.ts';
import type { Policy } from './policy.ts';
import { type Respond, startRespond } from './respond.ts';
import type { Receiver, RevokeResult } from './revoker.ts';
import { histories, NOW, ordersDeps, policyOf, receiverOf } from './testing.ts';

const YES: RevokeResult = { status: 'accepted', http_status: 200 };

interface Setting {
  policy?: Policy;
  receivers?: Record<string, Receiver>;
  config?: object;
}

/** The whole response on a disk in memory, one life after another; made anew for each test. */
export interface Bench {
  now: number;
  disk: MemoryDisk;
  log: Log;
  respond: Respond;
  /** Orders that each receiver was asked for. */
  asked: [receiver: string, alert: string][];
  receiver(name: string, result?: RevokeResult): Receiver;
  /** Starts the response on what the disk holds, after ending the one before. */
  start(setting?: Setting): Promise<void>;
  /** Waits until the order of an alert is in a state, and returns its history. */
  reaches(state: string, alert_id?: string): Promise<Order[]>;
}

export function respondBench(): Bench {
  const bench = {
    receiver: (name: string, result: RevokeResult = YES) =>
      receiverOf(async ({ alert_id }) => {
        bench.asked.push([name, alert_id]);
        return result;
      }),
    async start({ policy = policyOf(), receivers, config = {} }: Setting = {}) {
      await end();
      bench.log = openMemoryLog({ disk: bench.disk, clock: () => bench.now });
      bench.respond = await startRespond({
        ...ordersDeps({ clock: () => bench.now }),
        log: bench.log,
        policy,
        receivers: new Map(
          Object.entries(receivers ?? { first: bench.receiver('first'), second: bench.receiver('second') }),
        ),
        config: RespondConfig.parse(config),
        credentialColumns: EVENT.columns,
      });
    },
    async reaches(state: string, alert_id = 'alr_1') {
      return vi.waitFor(
        async () => {
          const rows = [...(await histories(bench.log)).values()].filter((h) => h[0]!.alert_id === alert_id).flat();
          expect(rows.at(-1)?.state).toBe(state);
          return rows;
        },
        { timeout: 20_000, interval: 5 },
      );
    },
  } as Bench;
  const end = async () => {
    await bench.respond?.close();
    await bench.log?.close();
  };
  beforeEach(() => {
    Object.assign(bench, { now: NOW, disk: createMemoryDisk(), asked: [] });
  });
  afterEach(end);
  return bench;
}
