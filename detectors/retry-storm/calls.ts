import type { AgentEvent } from '../../src/event/event.ts';

/** A call as the judgements see it. */
export interface Call {
  id: string;
  time: number;
  /** Tool and arguments. */
  action: string;
  tool: string;
  result: string;
  failed: boolean;
  /** It brought nothing: its result was known, and it was a repeat, a failure or a look. */
  futile: boolean;
}

export interface Story {
  reason: string;
  threshold_name: string;
  threshold: number;
  observed: number;
  text: string;
  calls: readonly Call[];
}

export interface Limits {
  failed_repeats_min: number;
  idle_repeats_min: number;
  cycle_rounds_min: number;
  failures_in_a_row_min: number;
  failures_recent_min: number;
  futile_recent_min: number;
}

/** Whether a call changes nothing by itself, so that the same answer to other arguments is no progress. */
export function isLook(tool_class: AgentEvent['tool_class']): boolean {
  return tool_class === 'read' || tool_class === 'secret_read' || tool_class === 'execute' || tool_class === 'other';
}

/** How many calls at the end are the same action with the same outcome. */
export function repeats(calls: readonly Call[]): number {
  const last = calls.at(-1)!;
  let count = 0;
  for (let i = calls.length - 1; i >= 0 && isSame(calls[i]!, last); i--) count += 1;
  return count;
}

/** Period 2 or 3 when the last `rounds` rounds are the same few actions in the same order with the same outcomes, else 0. */
export function cycle(calls: readonly Call[], rounds: number): number {
  for (const period of [2, 3]) {
    const length = period * rounds;
    if (calls.length < length) continue;
    const tail = calls.slice(-length);
    const repeated = tail.every((call, i) => i < period || isSame(call, tail[i - period]!));
    if (repeated && new Set(tail.map((call) => call.action)).size === period) return period;
  }
  return 0;
}

/** The same action that failed again, or that gave the same result again. */
function isSame(a: Call, b: Call): boolean {
  return a.action === b.action && a.failed === b.failed && (a.failed || (a.result === b.result && a.result !== ''));
}

/** The first judgement that holds over the last calls, the plainest first. */
export function judge(
  calls: readonly Call[],
  streak: { all: number; tool: number },
  limits: Limits,
): Story | undefined {
  const last = calls.at(-1)!;
  const same = repeats(calls);
  const same_min = last.failed ? limits.failed_repeats_min : limits.idle_repeats_min;
  const story = (
    reason: string,
    threshold_name: keyof Limits,
    observed: number,
    text: string,
    count: number,
  ): Story => ({
    reason,
    threshold_name,
    threshold: limits[threshold_name],
    observed,
    text,
    calls: calls.slice(-count),
  });
  if (same >= same_min) {
    const what = last.failed ? 'and failed each time' : 'and got the same answer each time';
    return story(
      'exact_repeat',
      last.failed ? 'failed_repeats_min' : 'idle_repeats_min',
      same,
      `called ${last.tool} with the same arguments ${same} times in a row ${what}`,
      same,
    );
  }
  const period = cycle(calls, limits.cycle_rounds_min);
  if (period > 0) {
    const rounds = limits.cycle_rounds_min;
    return story(
      'cycle',
      'cycle_rounds_min',
      rounds,
      `went round the same ${period} calls ${rounds} times`,
      period * rounds,
    );
  }
  if (streak.all >= limits.failures_in_a_row_min)
    return story(
      'failures_in_a_row',
      'failures_in_a_row_min',
      streak.all,
      `failed ${streak.all} times in a row`,
      streak.all,
    );
  if (streak.tool >= limits.failures_in_a_row_min)
    return story(
      'tool_failures_in_a_row',
      'failures_in_a_row_min',
      streak.tool,
      `failed ${streak.tool} times in a row at ${last.tool}`,
      streak.tool,
    );
  const failed = count(calls, (call) => call.failed);
  if (failed >= limits.failures_recent_min)
    return story(
      'mostly_failures',
      'failures_recent_min',
      failed,
      `failed at ${failed} of its last ${calls.length} calls`,
      calls.length,
    );
  const futile = count(calls, (call) => call.futile);
  if (futile >= limits.futile_recent_min)
    return story(
      'no_progress',
      'futile_recent_min',
      futile,
      `learned nothing new from ${futile} of its last ${calls.length} calls`,
      calls.length,
    );
  return undefined;
}

function count(calls: readonly Call[], test: (call: Call) => boolean): number {
  return calls.reduce((sum, call) => sum + (test(call) ? 1 : 0), 0);
}
