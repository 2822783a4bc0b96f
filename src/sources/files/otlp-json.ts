import { TriplineError } from '../../errors.ts';
import { refused } from '../mapped.ts';
import { logsOf, spansOf } from '../otlp/decode.ts';
import { otlpLogs, otlpTraces } from '../otlp/map.ts';
import type { Format } from './format.ts';

/** OTLP requests, one a line, as the file exporter of the OpenTelemetry Collector writes them. */
export const otlpJson: Format = {
  id: 'OTLP JSON',
  matches: (record) => 'resourceSpans' in record || 'resourceLogs' in record,
  events(record) {
    try {
      if ('resourceSpans' in record) return otlpTraces(spansOf(record));
      return otlpLogs(logsOf(record));
    } catch (error) {
      if (!(error instanceof TriplineError)) throw error;
      return [refused('resourceSpans, resourceLogs', 'an OTLP request', error.message)];
    }
  },
};
