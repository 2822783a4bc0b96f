import { EVENT } from '../event/event.ts';
import { Frame, rowsOf } from '../event/frame/index.ts';
import { firstFit } from '../event/glob.ts';
import type { LogRecord } from '../log/log.ts';
import type { RespondConfig } from './config.ts';
import type { Course } from './course.ts';
import type { Fleet } from './fleet.ts';
import type { Entry } from './ledger.ts';
import { refused, used } from './orders.ts';

/** Columns of the credentials topic that verification reads. A frame without `error_type` makes every 401 or 403 count. */
export const RESPOND_COLUMNS = [
  'event_id',
  'time',
  'kind',
  'tenant',
  'producer',
  'credential',
  'agent_id',
  'outcome',
  'error_type',
  'error_status',
] as const;

const USES: readonly string[] = ['token_use', 'tool_call'];
/** HTTP 401 and 403, gRPC PERMISSION_DENIED (7) and UNAUTHENTICATED (16); 0 where the producer gave no status. */
const REFUSALS: readonly number[] = [0, 401, 403, 7, 16];

/** Looks for later uses of credentials on which an order is out. */
export function verify(course: Course, fleet: Fleet, partition: number, record: LogRecord): void {
  const frame = Frame.decode(record.frame);
  noteAgents(fleet, frame, record.appended);
  const credentials = frame.column('credential', EVENT.fields.credential.column);
  let cursor: ReturnType<typeof rowsOf<(typeof EVENT)['fields']>> | undefined;
  for (let i = 0; i < credentials.length; i++) {
    const entries = course.ledger.watched(credentials[i]!);
    if (entries === undefined) continue;
    cursor ??= rowsOf(EVENT, frame);
    const row = cursor.seek(i);
    if (!USES.includes(row.kind) || firstFit(course.config.proof_producers, row.producer) === undefined) continue;
    for (const entry of entries) {
      if (entry.order.tenant !== row.tenant || !isAfter(entry, row.time, record.appended)) continue;
      if (row.outcome === 'ok') {
        const { event_id, producer, time } = row;
        used(course, entry, { event_id, producer, time, partition, offset: record.offset, appended: record.appended });
      } else if (isRefusal(row, course.config)) refused(course, entry, row.event_id);
    }
  }
}

/** The log's clock and ours may differ by this much. */
const CLOCKS_APART_MS = 100;

/** Both clocks must say so: the producer's could be ahead, and what was in the log before the order cannot have come after it. */
function isAfter({ asked_at }: Entry, time: number, appended: number): boolean {
  return asked_at > 0 && time > asked_at && appended > asked_at - CLOCKS_APART_MS;
}

function isRefusal(
  row: { outcome: string; error_status: number; error_type: string },
  { refusals_unproven }: RespondConfig,
): boolean {
  if (row.outcome !== 'denied' || !REFUSALS.includes(row.error_status)) return false;
  return firstFit(refusals_unproven, row.error_type) === undefined;
}

/** Counts who is at work. */
export function noteAgents(fleet: Fleet, frame: Frame, now: number): void {
  const tenants = frame.column('tenant', EVENT.fields.tenant.column);
  const agents = frame.column('agent_id', EVENT.fields.agent_id.column);
  for (let i = 0; i < agents.length; i++) {
    const agent = agents[i]!;
    const same = i > 0 && agent === agents[i - 1] && tenants[i] === tenants[i - 1];
    if (agent !== '' && !same) fleet.add(tenants[i]!, agent, now);
  }
}
