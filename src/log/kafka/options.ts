import type { Metrics } from '../../metrics/metrics.ts';
import type { KafkaLogConfig } from './topics.ts';

export interface KafkaLogOptions {
  /** Folder for the names of this process towards the brokers, for one process alone; made when absent. */
  dir: string;
  config: KafkaLogConfig;
  metrics?: Pick<Metrics, 'requestsShed'>;
}
