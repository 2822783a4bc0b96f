import type { Column } from '../event/field.ts';
import { encodeFrame } from '../event/frame/index.ts';
import { grouped } from './grouped.ts';
import type { Append, Log, Topic } from './log.ts';
import { partitionOf } from './partition.ts';

/** Frames for each partition that the keys of the rows lead to: one, or as many as it takes where a frame may have `rows_max` rows. */
export function framesOf<R extends object>(
  log: Pick<Log, 'partitions'>,
  topic: Topic,
  columns: readonly Column[],
  rows: readonly R[],
  keyOf: (row: R) => string,
  rows_max = Number.POSITIVE_INFINITY,
): Append[] {
  const partitions = log.partitions(topic);
  const append: Append[] = [];
  for (const [partition, part] of grouped(rows, (row) => partitionOf(keyOf(row), partitions)))
    for (let from = 0; from < part.length; from += rows_max)
      append.push({ topic, partition, frame: encodeFrame(columns, part.slice(from, from + rows_max)) });
  return append;
}
