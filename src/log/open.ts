import type { Metrics } from '../metrics/metrics.ts';
import type { LogConfig } from './config.ts';
import { openLmdbLog } from './lmdb/lmdb-log.ts';
import type { Log } from './log.ts';

/**
 * The log that the configuration asks for: on Kafka, or in the folder.
 * @throws TriplineError of either
 */
export async function openLog(dir: string, config: LogConfig, metrics: Metrics): Promise<Log> {
  const { kafka } = config;
  if (kafka === undefined) return openLmdbLog({ dir, config, metrics });
  // Loaded only when asked for: most runs need no client of Kafka.
  const { openKafkaLog } = await import('./kafka/kafka-log.ts');
  return openKafkaLog({ dir, config: { ...config, kafka }, metrics });
}
