import { duration } from '../../src/detect/words.ts';
import type { Call } from './call.ts';
import type { RetryStormConfig } from './config.ts';

export interface Verdict {
  reason: 'exact_repeat' | 'cycle' | 'repeated_results' | 'failures' | 'tool_failures' | 'denied_burst';
  confidence: number;
  summary: string;
  threshold_name: keyof RetryStormConfig;
  threshold: number;
  observed: number;
  calls: readonly Call[];
}

/** Judges the last calls of a session, the newest being `calls.at(-1)`. At most `calls_max` of them: constant work. */
export function judge(calls: readonly Call[], config: RetryStormConfig): Verdict | undefined {
  return (
    exactRepeat(calls, config) ?? cycle(calls, config) ?? repeatedResults(calls, config) ?? failures(calls, config)
  );
}

const shown = (tool: string) => (tool.length > 80 ? `${tool.slice(0, 80)}…` : tool);
const span = (calls: readonly Call[]) => duration(calls.at(-1)!.time - calls[0]!.time);

/** Whether `calls[at]` repeats the equal `calls[before]`. Who rested between two successes was waiting for news: polling is no repetition. */
function repeats(calls: readonly Call[], before: number, at: number, { poll_gap_ms }: RetryStormConfig): boolean {
  if (calls[at]!.failed) return true;
  for (let i = before + 1; i <= at; i += 1) if (calls[i]!.time - calls[i - 1]!.time >= poll_gap_ms) return false;
  return true;
}

const sameAction = (a: Call, b: Call) => a.args === b.args && a.tool === b.tool;
const sameResult = (a: Call, b: Call) => a.result === b.result && a.tool === b.tool;
const same = (a: Call, b: Call) => sameAction(a, b) && a.result === b.result && a.failed === b.failed;

function exactRepeat(calls: readonly Call[], config: RetryStormConfig): Verdict | undefined {
  const newest = calls.at(-1)!;
  const equal = calls.filter((call, i) => same(call, newest) && repeats(calls, i, calls.length - 1, config));
  // Who reads again may be waiting for news: judged by repeated_points alone, which takes longer.
  if (equal.length < config.exact_calls || (newest.reads && !newest.failed)) return undefined;
  const how = newest.failed ? `failed with ${newest.error || 'an error'} each time` : 'got the same result each time';
  return {
    reason: 'exact_repeat',
    confidence: newest.failed ? 0.95 : 0.8,
    summary: `${shown(newest.tool)} was called ${equal.length} times with the same arguments within ${span(equal)} and ${how}.`,
    threshold_name: 'exact_calls',
    threshold: config.exact_calls,
    observed: equal.length,
    calls: equal,
  };
}

function cycle(calls: readonly Call[], config: RetryStormConfig): Verdict | undefined {
  for (const period of [2, 3]) {
    const round = calls.slice(-period * config.cycle_rounds);
    // One call over and over is no cycle.
    if (round.length < period * config.cycle_rounds || sameAction(round[0]!, round[1]!)) continue;
    const goesRound = round.every(
      (call, i) => i < period || (same(call, round[i - period]!) && repeats(round, i - period, i, config)),
    );
    if (!goesRound) continue;
    const tools = round.slice(0, period).map(({ tool }) => shown(tool));
    return {
      reason: 'cycle',
      confidence: 0.9,
      summary: `The session went ${config.cycle_rounds} times round ${tools.join(', ')} within ${span(round)}, with the same arguments and the same results.`,
      threshold_name: 'cycle_rounds',
      threshold: config.cycle_rounds,
      observed: config.cycle_rounds,
      calls: round,
    };
  }
  return undefined;
}

/** How many calls back a repetition is a loop; who comes back later may be going over a list again. */
const NEAR_CALLS = 3;

function repeatedResults(calls: readonly Call[], config: RetryStormConfig): Verdict | undefined {
  let points = 0;
  let known = 0;
  for (const [i, call] of calls.entries()) {
    const weight = weightOf(call, calls, i, config);
    if (weight === undefined) continue;
    known += 1;
    points += weight;
  }
  if (points < config.repeated_points) return undefined;
  return {
    reason: 'repeated_results',
    confidence: 0.8,
    summary: `${known} of the last ${calls.length} calls, within ${span(calls)}, brought back a result that the session had just seen: it makes no progress.`,
    threshold_name: 'repeated_points',
    threshold: config.repeated_points,
    observed: points,
    calls,
  };
}

/** Points of a call whose result came before; undefined where it is news, or polled. */
function weightOf(call: Call, calls: readonly Call[], at: number, config: RetryStormConfig): number | undefined {
  let known = false;
  for (let i = at - 1; i >= 0; i -= 1) {
    const before = calls[i]!;
    if (!sameResult(before, call)) continue;
    known = true;
    if (call.failed) return 1;
    if (!sameAction(before, call)) continue;
    if (!repeats(calls, i, at, config)) return undefined;
    if (at - i <= NEAR_CALLS) return 1;
  }
  return known ? config.repeated_weight : undefined;
}

function failures(calls: readonly Call[], config: RetryStormConfig): Verdict | undefined {
  const failed = calls.filter((call) => call.failed);
  if (failed.length < config.failures || !calls.at(-1)!.failed) return undefined;
  return {
    reason: 'failures',
    confidence: 0.75,
    summary: `${failed.length} of the last ${calls.length} calls failed within ${span(failed)}: ${kinds(failed)}.`,
    threshold_name: 'failures',
    threshold: config.failures,
    observed: failed.length,
    calls: failed,
  };
}

/** Failures of one tool, with nothing else between them that it did. */
export function toolFailures(calls: readonly Call[], config: RetryStormConfig): Verdict | undefined {
  if (calls.length < config.tool_failures) return undefined;
  return {
    reason: 'tool_failures',
    confidence: 0.75,
    summary: `${shown(calls[0]!.tool)} failed ${calls.length} times in a row within ${span(calls)}: ${kinds(calls)}.`,
    threshold_name: 'tool_failures',
    threshold: config.tool_failures,
    observed: calls.length,
    calls,
  };
}

/** Refusals of one credential on one target, as an audit log tells them. */
export function deniedBurst(uses: readonly Call[], target: string, config: RetryStormConfig): Verdict | undefined {
  if (uses.length < config.denied_uses) return undefined;
  return {
    reason: 'denied_burst',
    confidence: 0.85,
    summary: `Access to ${shown(target)} was refused ${uses.length} times within ${span(uses)} to one credential, which went on trying.`,
    threshold_name: 'denied_uses',
    threshold: config.denied_uses,
    observed: uses.length,
    calls: uses,
  };
}

function kinds(calls: readonly Call[]): string {
  const different = new Set(calls.map(({ error }) => error || 'error'));
  const [first] = different;
  return different.size === 1 ? `always ${shown(first!)}` : `${different.size} different errors`;
}
