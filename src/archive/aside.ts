import type { TriplineError } from '../errors.ts';
import type { LogRecord, StateWrite } from '../log/log.ts';
import type { PartitionOptions } from './insert.ts';

/** Frames that the store refuses stay in the state of the log, so that somebody can look at them and send them again. */
export async function openAside(options: PartitionOptions) {
  const { log, config, logger, metrics, table, topic, partition } = options;
  const scope = `archive-refused/${topic}/${partition}`;
  let kept = 0;
  for await (const _ of log.state(scope)) kept++;
  return {
    put: (record: LogRecord, error: TriplineError): StateWrite[] => {
      const keeps = kept < config.refused_frames_max;
      metrics.storeRefused.inc({ table, kept: String(keeps) });
      const where = { topic, partition, offset: record.offset, table, code: error.code, kept: keeps };
      logger.error({ ...where, err: error }, 'The store refused a frame');
      if (!keeps) return [];
      kept++;
      return [{ scope, key: String(record.offset), value: record.frame }];
    },
  };
}
