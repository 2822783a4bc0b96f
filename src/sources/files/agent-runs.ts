import { type Mapped, refused } from '../mapped.ts';
import { type Format, isObject, type Json, mapped, textOf, timeOf } from './format.ts';

/** Recorded agent runs, one a line: what the user asked, and the tool calls with the origins of their arguments. */
export const agentRuns: Format = {
  id: 'agent runs',
  matches: (record) =>
    typeof record.run === 'string' && typeof record.user_prompt === 'string' && Array.isArray(record.calls),
  events: runEvents,
};

function runEvents(run: Json): Mapped[] {
  const begin = Date.parse(timeOf(run.evaluated_at) ?? '');
  if (Number.isNaN(begin)) return [refused('evaluated_at', 'a time', run.evaluated_at)];
  const calls = Array.isArray(run.calls) ? run.calls.filter(isObject) : [];
  const duration_ms = 1000 * numberOf(run.duration_s);
  const turns = calls.reduce((most, call) => Math.max(most, numberOf(call.turn) + 1), 0);
  const at = (share: number) => new Date(Math.round(begin + duration_ms * share)).toISOString();
  const common = commonOf(run);
  const flow = flowOf(calls, String(run.run), textOf(run.user_prompt) ?? '');
  const marker = (lifecycle: string, time: string, more: object) =>
    mapped({ event_id: `${run.run}:${lifecycle}`, kind: 'lifecycle', lifecycle, time, ...common, ...more });
  return [
    marker('task_started', at(0), { request: textOf(run.user_prompt) }),
    // Only whole runs were timed: the turns are spread evenly, the calls of one turn go out together.
    ...calls.map((call, index) =>
      mapped({
        event_id: `${run.run}:${index}`,
        kind: 'tool_call',
        time: at((numberOf(call.turn) + 1) / (turns + 1)),
        ...common,
        ...callOf(call),
        args_values: flow.args.get(index),
        result_values: flow.results.get(index),
      }),
    ),
    marker('task_ended', at(1), {}),
  ];
}

function commonOf(run: Json) {
  const model = textOf(run.model) ?? 'unknown';
  const suite = textOf(run.suite) ?? 'unknown';
  return {
    agent_id: `${model}/${suite}`,
    session: textOf(run.run),
    task: textOf(run.run),
    model,
    attributes: { dataset: textOf(run.source) ?? 'unknown', suite },
  };
}

function callOf(call: Json) {
  const failed = call.status === 'error';
  return {
    tool_name: textOf(call.tool),
    args: call.args ?? undefined,
    args_digest: textOf(call.args_sha),
    result: textOf(call.result_head),
    result_digest: textOf(call.result_sha),
    outcome: failed ? 'error' : 'ok',
    // "ValueError: No emails found": the class stands before the colon.
    error_type: failed ? (/^\w+/.exec(textOf(call.error) ?? '')?.[0] ?? 'error') : undefined,
  };
}

/**
 * The record says from which results a call's arguments come, not by which value: one made-up value stands for each, and every
 * argument that may have come from there counts as part of that result. Only those do that the request does not hold and that fit into it.
 */
function flowOf(calls: readonly Json[], run: string, request: string) {
  const args = new Map<number, string[]>();
  const results = new Map<number, string[]>();
  calls.forEach((call, to) => {
    const texts = leavesOf(call.args).filter((text) => text.length >= FLOW_CHARS_MIN && !request.includes(text));
    for (const from of Array.isArray(call.arg_src) ? call.arg_src : []) {
      const value = `flow:${run}:${from}:${to}`;
      const room = numberOf(calls[from]?.result_len);
      args.set(to, [...(args.get(to) ?? []), value]);
      results.set(from, [...(results.get(from) ?? []), value, ...texts.filter(({ length }) => length <= room)]);
    }
  });
  return { args, results };
}

/** The shortest value that the record looked for, and room for what a clock says: dates are in every result. */
const FLOW_CHARS_MIN = 5;
const DATE = /^\d{4}-\d\d-\d\d/;

function leavesOf(value: unknown): string[] {
  if (typeof value === 'string') return DATE.test(value) ? [] : [value];
  if (typeof value === 'number') return [String(value)];
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  return isObject(value) ? Object.values(value).flatMap(leavesOf) : [];
}

const numberOf = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
