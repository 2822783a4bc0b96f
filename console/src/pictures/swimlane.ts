import type { Call } from '../api/types.ts';
import type { TimeAxis } from './time-axis.ts';

export type LaneBy = 'tool' | 'target' | 'credential';

export interface CallLane {
  name: string;
  calls: Call[];
  denied: number;
}

/** Calls that would lie over each other, as one mark. */
export interface Run {
  x0: number;
  x1: number;
  outcome: string;
  calls: Call[];
  is_evidence: boolean;
}

const NAME: Record<LaneBy, (call: Call) => string> = {
  tool: (call) => call.tool_name ?? (call.kind === 'lifecycle' ? (call.lifecycle ?? '') : call.kind),
  target: (call) => call.target ?? '(no target)',
  credential: (call) => call.credential ?? '(no credential)',
};

/** One lane per value, in the order in which they were first used: the path of the agent goes down the page. */
export function lanesOf(calls: readonly Call[], by: LaneBy): CallLane[] {
  const lanes = new Map<string, CallLane>();
  for (const call of calls) {
    const name = NAME[by](call);
    const lane = lanes.get(name) ?? { name, calls: [], denied: 0 };
    lane.calls.push(call);
    if (call.outcome === 'denied') lane.denied += 1;
    lanes.set(name, lane);
  }
  return [...lanes.values()];
}

const NEAR_PX = 7;

/** Neighbours of one outcome become one run: thirty retries are one bar, and the one that worked stays to be seen. */
export function runsOf(calls: readonly Call[], axis: TimeAxis, evidence: ReadonlySet<string>): Run[] {
  const runs: Run[] = [];
  for (const call of calls) {
    const x = axis.x(Date.parse(call.time));
    const outcome = call.outcome ?? 'none';
    const is_evidence = evidence.has(call.event_id);
    const last = runs.at(-1);
    if (last !== undefined && last.outcome === outcome && last.is_evidence === is_evidence && x - last.x1 < NEAR_PX) {
      last.x1 = x;
      last.calls.push(call);
    } else runs.push({ x0: x, x1: x, outcome, calls: [call], is_evidence });
  }
  return runs;
}
