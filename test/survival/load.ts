import type { PostedEvent } from '../../src/event/event.ts';

/** A small generator of numbers from 0 up to 1 (mulberry32): same seed, same numbers. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const HONEST = 24;
export const STORMS = 8;
const ROUNDS = 120;
const STEP_MS = 500;

/**
 * Batches of a fleet: honest agents that make a different call each time, and agents that fail at the same call again and again.
 * A looping agent stops after its loop, so that nothing it does comes after its revocation.
 */
export function fleetBatches(seed: number, base: number): PostedEvent[][] {
  const random = numbers(seed);
  const batches: PostedEvent[][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const batch: PostedEvent[] = [];
    const time = (i: number) => new Date(base + round * STEP_MS + i).toISOString();
    for (let agent = 0; agent < HONEST; agent++) {
      if (random() < 0.3) continue;
      batch.push(
        call(
          `honest-${agent}`,
          `h-${agent}-${round}`,
          time(agent),
          { args: { page: round }, result: { rows: [round, agent] } },
          'ok',
        ),
      );
    }
    for (let storm = 0; storm < STORMS; storm++) {
      const begin = 5 + storm * 12;
      if (round < begin || round >= begin + 12) continue;
      batch.push(
        call(
          `looping-${storm}`,
          `s-${storm}-${round}`,
          time(HONEST + storm),
          { args: { id: 7 }, result: 'no such record' },
          'error',
        ),
      );
    }
    batches.push(batch);
  }
  return batches;
}

function call(agent_id: string, event_id: string, time: string, content: object, outcome: 'ok' | 'error'): PostedEvent {
  return {
    kind: 'tool_call',
    event_id,
    time,
    agent_id,
    session: `${agent_id}-session`,
    credential: `token-id:${agent_id}`,
    credential_handles: { token_id: agent_id },
    tool_name: 'get_record',
    outcome,
    ...content,
  };
}
