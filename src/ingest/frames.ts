import { type AgentEvent, EVENT } from '../event/event.ts';
import { credentialEvents } from '../event/exposed.ts';
import type { Column } from '../event/field.ts';
import { encodeFrame } from '../event/frame/index.ts';
import { REJECT, type Reject } from '../event/reject.ts';
import type { Append, Log, Topic } from '../log/log.ts';
import { partitionOf } from '../log/partition.ts';
import type { SinkDeps } from './sink.ts';

type Deps = Pick<SinkDeps, 'log' | 'config' | 'credentialColumns'>;

/**
 * Frames of what one write appends: events by agent (by credential where no agent is known), events with a credential once more by
 * credential with the columns that its detectors read, and refusals by producer. Order within a partition is order of arrival.
 */
export function framesOf(events: readonly AgentEvent[], rejects: readonly Reject[], deps: Deps): Append[] {
  const { log, config, credentialColumns } = deps;
  const rows_max = config.frame_rows_max;
  const used = credentialEvents(events);
  return [
    ...frames(
      'events',
      EVENT.columns,
      split(log, 'events', events, (e) => e.agent_id || e.credential),
      rows_max,
    ),
    ...frames(
      'credentials',
      credentialColumns,
      split(log, 'credentials', used, (e) => e.credential),
      rows_max,
    ),
    ...frames(
      'rejects',
      REJECT.columns,
      split(log, 'rejects', rejects, (r) => r.producer),
      rows_max,
    ),
  ];
}

type Split<R> = Map<number, R[]>;

function split<R>(log: Log, topic: Topic, rows: readonly R[], keyOf: (row: R) => string): Split<R> {
  const partitions = log.partitions(topic);
  const parts: Split<R> = new Map();
  for (const row of rows) {
    const partition = partitionOf(keyOf(row), partitions);
    const part = parts.get(partition);
    if (part === undefined) parts.set(partition, [row]);
    else part.push(row);
  }
  return parts;
}

function frames(topic: Topic, columns: readonly Column[], parts: Split<object>, rows_max: number): Append[] {
  const append: Append[] = [];
  for (const [partition, rows] of parts)
    for (let from = 0; from < rows.length; from += rows_max)
      append.push({ topic, partition, frame: encodeFrame(columns, rows.slice(from, from + rows_max)) });
  return append;
}
