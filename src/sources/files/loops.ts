import type { Mapped } from '../mapped.ts';
import { type Format, isObject, type Json, mapped, type RecordPlace, textOf } from './format.ts';

/** These runs have no times: one call per 5 s, and runs so far apart that no window sees two of them. */
const CALL_MS = 5_000;
const RUN_MS = 15 * 60_000;
const EPOCH_MS = Date.UTC(2024, 0, 1);

/** Multi-turn runs in a shell, a database or an interpreter, one a line. */
export const loops: Format = {
  id: 'multi-turn runs',
  matches: (record) => typeof record.env === 'string' && 'turns_max' in record && Array.isArray(record.calls),
  events: runEvents,
};

function runEvents(run: Json, { index }: RecordPlace): Mapped[] {
  const session = `${run.env}/${run.model}/${run.task}/${index}`;
  const common = {
    agent_id: `${run.model}/${run.env}`,
    session,
    model: textOf(run.model),
    attributes: { dataset: textOf(run.source) ?? 'unknown' },
  };
  const calls = Array.isArray(run.calls) ? run.calls.filter(isObject) : [];
  return calls.map((call, at) =>
    mapped({
      event_id: `${session}:${at}`,
      kind: 'tool_call',
      time: new Date(EPOCH_MS + index * RUN_MS + at * CALL_MS).toISOString(),
      ...common,
      tool_name: textOf(call.tool),
      args: call.args ?? undefined,
      args_digest: textOf(call.args_sha),
      result_digest: textOf(call.result_sha),
      outcome: call.failed === true ? 'error' : 'ok',
    }),
  );
}
