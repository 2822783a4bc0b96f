import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Metrics } from '../metrics/metrics.ts';
import type { LogConfig } from './config.ts';
import { openLmdbLog } from './lmdb/lmdb-log.ts';
import type { Log } from './log.ts';

export interface OpenedLog {
  log: Log;
  /** The log as ingest writes to it: on Kafka, with a spool for the time that the brokers are away. Closed before `log`. */
  inbox: Log;
}

/**
 * The log that the configuration asks for: on Kafka, or in the folder.
 * @param dir folder of the log's own, made when absent
 * @throws TriplineError of either
 */
export async function openLog(dir: string, config: LogConfig, metrics: Metrics, logger: Logger): Promise<OpenedLog> {
  const { kafka } = config;
  if (kafka === undefined) {
    const log = await openLmdbLog({ dir, config, metrics });
    return { log, inbox: log };
  }
  // Loaded only when asked for: most runs need no client of Kafka.
  const [{ openKafkaLog }, { openKafkaDoor }] = await Promise.all([
    import('./kafka/kafka-log.ts'),
    import('./kafka/door.ts'),
  ]);
  const settings = { ...config, kafka };
  const log = await openKafkaLog({ dir, config: settings, metrics });
  try {
    const inbox = await openKafkaDoor({ log, dir: join(dir, 'spool'), config: settings, metrics, logger });
    return { log, inbox };
  } catch (error) {
    await log.close();
    throw error;
  }
}
