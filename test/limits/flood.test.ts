import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DETECTORS } from '../../detectors/index.ts';
import { DetectConfig } from '../../src/detect/config.ts';
import { type AgentEvent, EVENT } from '../../src/event/event.ts';
import { encodeFrame } from '../../src/event/frame/index.ts';
import { credentialColumns } from '../../src/run/credential-columns.ts';
import { openRuntime, type Runtime } from './runtime.ts';

/** TRIPLINE_LIMIT_AGENTS=1000000 plays the whole million. */
const AGENTS = Number(process.env.TRIPLINE_LIMIT_AGENTS ?? 200_000);
const { keys_max } = DetectConfig.parse({});
const FRAME_EVENTS = 2_000;
const HOUR_MS = 3_600_000;
/** An agent fails at the same call, once every so many events of the others. */
const LOOP_EVERY = 500;
const LOOP_CALLS = 20;
const base = Date.now() - HOUR_MS;
const columns = credentialColumns(DETECTORS);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
function heap(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Another agent, session and result each time: something for the operators of every agent's detector to remember. */
function callOf(i: number): Partial<AgentEvent> {
  const looping = i % LOOP_EVERY === 0 && i / LOOP_EVERY < LOOP_CALLS;
  const who = looping ? 'looping' : `agent-${i}`;
  const time = base + Math.floor((i * HOUR_MS) / AGENTS);
  return {
    event_id: `e${i}`,
    kind: 'tool_call',
    time,
    received: time,
    tenant: 'default',
    producer: 'gateway',
    agent_id: who,
    session: `${who}-s`,
    credential: `token-id:${who}`,
    tool_name: 'get_record',
    tool_server: 'crm',
    tool_class: 'read',
    target: `crm/${who}`,
    args_digest: looping ? 'same' : `d${i}`,
    result_values: [i],
    outcome: 'error',
    source_ip: '198.51.100.7',
    user_agent: 'agent-sdk/4.2',
  };
}

/** Its credential is good, so that whoever watches credentials has to remember it. */
const useOf = (call: Partial<AgentEvent>): Partial<AgentEvent> => ({ ...call, kind: 'token_use', outcome: 'ok' });

async function flood({ log, detect }: Runtime, onFrame: (events: number) => void): Promise<void> {
  for (let from = 0; from < AGENTS; from += FRAME_EVENTS) {
    const calls = Array.from({ length: Math.min(FRAME_EVENTS, AGENTS - from) }, (_, i) => callOf(from + i));
    const events = encodeFrame(EVENT.columns, calls);
    const credentials = encodeFrame(columns, calls.map(useOf));
    await log.write({
      append: [
        { topic: 'events', partition: 0, frame: events },
        { topic: 'credentials', partition: 0, frame: credentials },
      ],
    });
    await detect.drained();
    onFrame(from + calls.length);
  }
}

/** One of them loops, the others come once. */
const distinct = AGENTS - LOOP_CALLS + 1;
/** What one key of one operator may take. */
const KEY_BYTES_MAX = 1024;
/** Operators that remember every agent or credential of this flood. */
const FULL = [
  'first-seen/pasts',
  'first-seen/sessions',
  'first-seen/targets',
  'first-seen/tools',
  'lateral-movement/past',
  'lateral-movement/recent',
  'lateral-movement/services',
  'retry-storm/calls',
  'retry-storm/tool_failures',
  'secret-exposure/holders',
  'shared-credential/joined',
  'shared-credential/past',
  'shared-credential/recent',
  'shared-credential/services',
  'shared-credential/uses',
  'standing-credential/born',
  'token-replay/contexts',
  'tool-chaining/results',
];

describe(`${AGENTS.toLocaleString('en')} agents within an hour`, () => {
  let runtime: Runtime;
  const bytes = { before: 0, full: 0, after: 0 };
  beforeAll(async () => {
    runtime = await openRuntime();
    bytes.before = heap();
    await flood(runtime, (events) => {
      if (bytes.full === 0 && events > keys_max + FRAME_EVENTS) bytes.full = heap();
    });
    bytes.after = heap();
    await runtime.end();
  }, 600_000);
  afterAll(() => runtime.close());

  it(`takes no more memory than ${keys_max} keys an operator, ${KEY_BYTES_MAX} bytes a key`, () => {
    expect(bytes.after - bytes.before).toBeLessThan(FULL.length * keys_max * KEY_BYTES_MAX);
  });

  it('takes no more with every further agent', () => {
    expect(bytes.after - bytes.full).toBeLessThan(0.5 * (bytes.full - bytes.before));
  });

  it('counts what it holds and what it forgot', async () => {
    const expected = (count: number) => Object.fromEntries(FULL.map((operator) => [operator, count]));
    const held = Object.entries(await runtime.metric('operator_keys')).filter(([, keys]) => keys > 1);
    expect(Object.fromEntries(held)).toEqual(expected(keys_max));
    expect(await runtime.metric('operator_evictions_total')).toEqual(expected(distinct - keys_max));
  });

  it('says so, once for each kind of key, and still finds the agent that loops', async () => {
    const found = (await runtime.alerts()).map(({ detector, reason, subject }) => [detector, reason, subject]);
    expect(found.sort()).toEqual([
      ['key-flood', 'live_keys_evicted', 'gateway'],
      ['key-flood', 'live_keys_evicted', 'gateway'],
      ['retry-storm', 'failures', 'looping-s'],
    ]);
  });

  it('makes nothing late and breaks no detector', async () => {
    expect(await runtime.metric('events_late_total')).toEqual({});
    expect(await runtime.metric('detector_failures_total')).toEqual({});
  });
});
