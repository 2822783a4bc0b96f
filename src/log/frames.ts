import type { Column } from '../event/field.ts';
import { encodeFrame } from '../event/frame/index.ts';
import type { Append, Log, Topic } from './log.ts';
import { partitionOf } from './partition.ts';

/** One frame for each partition that the keys of the rows lead to. */
export function framesOf<R extends object>(
  log: Pick<Log, 'partitions'>,
  topic: Topic,
  columns: readonly Column[],
  rows: readonly R[],
  keyOf: (row: R) => string,
): Append[] {
  const partitions = log.partitions(topic);
  const groups = new Map<number, R[]>();
  for (const row of rows) {
    const partition = partitionOf(keyOf(row), partitions);
    const group = groups.get(partition);
    if (group === undefined) groups.set(partition, [row]);
    else group.push(row);
  }
  return [...groups].map(([partition, group]) => ({ topic, partition, frame: encodeFrame(columns, group) }));
}
