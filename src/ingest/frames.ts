import { type AgentEvent, EVENT } from '../event/event.ts';
import { credentialEvents } from '../event/exposed.ts';
import { REJECT, type Reject } from '../event/reject.ts';
import { framesOf } from '../log/frames.ts';
import type { Append } from '../log/log.ts';
import type { SinkDeps } from './sink.ts';

type Deps = Pick<SinkDeps, 'log' | 'config' | 'credentialColumns'>;

/**
 * Frames of what one write appends: events by agent (by credential where no agent is known), events with a credential once more by
 * credential with the columns that its detectors read, and refusals by producer. Order within a partition is order of arrival.
 */
export function appendsOf(events: readonly AgentEvent[], rejects: readonly Reject[], deps: Deps): Append[] {
  const { log, config, credentialColumns } = deps;
  const rows_max = config.frame_rows_max;
  const used = credentialEvents(events);
  return [
    ...framesOf(log, 'events', EVENT.columns, events, (event) => event.agent_id || event.credential, rows_max),
    ...framesOf(log, 'credentials', credentialColumns, used, (event) => event.credential, rows_max),
    ...framesOf(log, 'rejects', REJECT.columns, rejects, (reject) => reject.producer, rows_max),
  ];
}
