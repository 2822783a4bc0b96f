import { ALERT } from '../alert/alert.ts';
import { encodeFrame } from '../event/frame/index.ts';
import { GAP } from '../event/reject.ts';
import type { Append, Log, Topic } from '../log/log.ts';
import { partitionOf } from '../log/partition.ts';
import type { Output } from './runtime.ts';

/** One frame a partition for the alerts, and one for the gaps. */
export function appendsOf(log: Log, outputs: readonly Output[]): Append[] {
  const alerts = outputs.flatMap((output) => output.alerts);
  const gaps = outputs.flatMap((output) => output.gaps);
  return [
    ...grouped(log, 'alerts', alerts, (alert) => alert.subject).map(([partition, rows]) => ({
      topic: 'alerts' as const,
      partition,
      frame: encodeFrame(ALERT.columns, rows),
    })),
    ...grouped(log, 'gaps', gaps, (gap) => gap.producer).map(([partition, rows]) => ({
      topic: 'gaps' as const,
      partition,
      frame: encodeFrame(GAP.columns, rows),
    })),
  ];
}

function grouped<R>(log: Log, topic: Topic, rows: readonly R[], keyOf: (row: R) => string): [number, R[]][] {
  const groups = new Map<number, R[]>();
  for (const row of rows) {
    const partition = partitionOf(keyOf(row), log.partitions(topic));
    const group = groups.get(partition);
    if (group === undefined) groups.set(partition, [row]);
    else group.push(row);
  }
  return [...groups];
}
