import { recordsJson, recordsProtobuf, spansJson, spansProtobuf } from './otlp.ts';

/** A request that means harm, and what must be kept of it all the same. */
export interface HostileRequest {
  what: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
  /** Ids of the good events inside: all of them are kept. */
  good: string[];
}

/** What the requests of a seed are made with. */
export interface Dice {
  random: () => number;
  pick: <T>(from: readonly T[]) => T;
  nextId: () => string;
}

export const goodEvent = (event_id: string) =>
  JSON.stringify({
    kind: 'tool_call',
    event_id,
    agent_id: `agent-${event_id.slice(-1)}`,
    tool_name: 'read',
    outcome: 'ok',
  });

type Form = readonly [type: string, spans: typeof spansJson, records: typeof recordsJson];
export const FORMS: readonly Form[] = [
  ['application/json', spansJson, recordsJson],
  ['application/x-protobuf', spansProtobuf, recordsProtobuf],
];
export const TOOL = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'read', 'gen_ai.agent.name': 'a' };
export function noiseBytes({ random }: Dice, length_max: number): Buffer {
  return Buffer.from(Array.from({ length: Math.floor(random() * length_max) }, () => Math.floor(random() * 256)));
}

/** Numbers in [0, 1) that a seed decides (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
