import { describe, expect, it } from 'vitest';
import { TriplineError } from '../errors.ts';
import { LogConfig } from './config.ts';
import type { Log, PartitionTask } from './log.ts';
import { openMemoryLog } from './memory-log.ts';

async function append(log: Log, count: number): Promise<void> {
  for (const partition of [0, 1]) {
    const frames = Array.from({ length: count }, (_, i) => Buffer.from(`${i}`));
    await log.write({ append: frames.map((frame) => ({ topic: 'events', partition, frame })) });
  }
}

describe('subscription', () => {
  it('lets other work of the process run in the middle of a long backlog', async () => {
    const log = openMemoryLog({ config: LogConfig.parse({ read_bytes: 1 }) });
    await append(log, 200);
    let turns = 0;
    let processed = 0;
    const other = () => {
      turns++;
      if (processed < 400) setImmediate(other);
    };
    setImmediate(other);
    const process = async () => void processed++;
    const subscription = await log.subscribe('events', 'g', async () => ({ position: 0, process }));
    await subscription.drained();
    expect(turns).toBeGreaterThan(150);
    await log.close();
  });

  it('rejects when a partition cannot be opened, and closes the others', async () => {
    const log = openMemoryLog();
    const closed: number[] = [];
    const open = async (partition: number): Promise<PartitionTask> => {
      if (partition === 1) throw new TriplineError('TRIPLINE_FRAME_CORRUPT', 'no snapshot');
      return { position: 0, process: async () => {}, close: async () => void closed.push(partition) };
    };
    await expect(log.subscribe('events', 'g', open)).rejects.toMatchObject({ code: 'TRIPLINE_FRAME_CORRUPT' });
    expect(closed).toEqual([0]);
    await log.close();
  });

  it('ends every partition when one cannot go on, and tells why', async () => {
    const log = openMemoryLog();
    const closed: number[] = [];
    const subscription = await log.subscribe('events', 'g', async (partition) => ({
      position: 0,
      async process() {
        if (partition === 1) throw new RangeError('a bug');
      },
      close: async () => void closed.push(partition),
    }));
    const finished = expect(subscription.finished).rejects.toThrow('a bug');
    await append(log, 1);
    await finished;
    expect(closed.toSorted()).toEqual([0, 1]);
    await log.close();
  });

  it('ends with the offset that is gone when retention was faster', async () => {
    const log = openMemoryLog();
    await append(log, 3);
    await log.retain(Date.now() + 8 * 86_400_000);
    const subscription = await log.subscribe('events', 'late', async () => ({ position: 0, process: async () => {} }));
    const finished = expect(subscription.finished).rejects.toMatchObject({ code: 'TRIPLINE_LOG_OFFSET_GONE' });
    await append(log, 1);
    await finished;
    await log.close();
  });

  it('gives up repeating when it is closed, without an error', async () => {
    const log = openMemoryLog({ config: LogConfig.parse({ retry_ms_min: 60_000, retry_ms_max: 60_000 }) });
    let called = () => {};
    const failed = new Promise<void>((resolve) => {
      called = resolve;
    });
    const subscription = await log.subscribe('alerts', 'g', async () => ({
      position: 0,
      async process() {
        called();
        throw new TriplineError('TRIPLINE_STORE_UNAVAILABLE', 'away', { retriable: true });
      },
    }));
    await log.write({ append: [{ topic: 'alerts', partition: 0, frame: Buffer.from('a') }] });
    await failed;
    const drained = expect(subscription.drained()).rejects.toMatchObject({ code: 'TRIPLINE_LOG_UNAVAILABLE' });
    await subscription.close();
    await drained;
    await subscription.finished;
    await log.close();
  });
});
