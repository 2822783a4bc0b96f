import { ALERT } from '../alert/alert.ts';
import { GAP } from '../event/reject.ts';
import { framesOf } from '../log/frames.ts';
import type { Append, Log } from '../log/log.ts';
import type { Output } from './runtime.ts';

/** One frame a partition for the alerts, and one for the gaps. */
export function appendsOf(log: Log, outputs: readonly Output[]): Append[] {
  const alerts = outputs.flatMap((output) => output.alerts);
  const gaps = outputs.flatMap((output) => output.gaps);
  return [
    ...framesOf(log, 'alerts', ALERT.columns, alerts, (alert) => alert.subject),
    ...framesOf(log, 'gaps', GAP.columns, gaps, (gap) => gap.producer),
  ];
}
