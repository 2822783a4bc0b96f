import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DETECTORS } from '../../detectors/index.ts';
import { EVENT } from '../../src/event/event.ts';
import { copyRow, Frame, rowsOf } from '../../src/event/frame/index.ts';
import { IngestConfig } from '../../src/ingest/config.ts';
import { type Ingest, startIngest } from '../../src/ingest/ingest.ts';
import { credentialColumns } from '../../src/run/credential-columns.ts';
import { openRuntime, type Runtime } from './runtime.ts';

const TEN_YEARS_MS = 10 * 365.25 * 86_400_000;
const started = Date.now();

let runtime: Runtime;
let door: Ingest;

beforeAll(async () => {
  runtime = await openRuntime();
  const { log, metrics, logger, dir } = runtime;
  const config = IngestConfig.parse({ port: 0 });
  door = await startIngest({
    log,
    metrics,
    logger,
    config,
    data_dir: dir,
    credentialColumns: credentialColumns(DETECTORS),
  });
});
afterAll(async () => {
  await door.close();
  await runtime.close();
});

async function post(source: string, events: readonly object[]): Promise<void> {
  const headers = { 'content-type': 'application/json', 'tripline-source': source };
  const response = await fetch(`${door.url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) });
  expect(await response.json()).toEqual({ accepted: events.length, duplicates: 0, rejected: [] });
  await runtime.detect.drained();
}

/** A minute ago, so that all of it lies in the past of the door. */
const at = (second: number) => new Date(started - 60_000 + 1000 * second).toISOString();
const call = (agent_id: string, i: number, more: object = {}) => ({
  kind: 'tool_call',
  event_id: `${agent_id}-${i}`,
  time: at(i),
  agent_id,
  session: `${agent_id}-s`,
  tool_name: 'get_record',
  args: { id: 7 },
  result: 'no such record',
  outcome: 'error',
  ...more,
});
const loop = (agent_id: string) => Array.from({ length: 12 }, (_, i) => call(agent_id, i));

describe('one event that is stamped ten years ahead', () => {
  it('makes nothing late, hides no attack, and is a finding about who sent it', async () => {
    const future = new Date(started + TEN_YEARS_MS).toISOString();
    await post('sensor', [call('honest', 0, { time: future, outcome: 'ok' })]);
    await post('sensor', loop('same-producer'));
    await post('gateway', loop('other-producer'));
    await runtime.end();

    expect(await runtime.metric('events_late_total')).toEqual({});
    // By key alone: feeds name themselves, and a metric must not grow with their names.
    expect(await runtime.metric('clock_skew_total')).toEqual({ local: 1 });
    const found = (await runtime.alerts()).map(({ detector, reason, subject_kind, subject }) => [
      detector,
      reason,
      subject_kind,
      subject,
    ]);
    expect(found.sort()).toEqual([
      ['clock-skew', 'future_time', 'producer', 'local/sensor'],
      ['retry-storm', expect.any(String), 'session', 'other-producer-s'],
      ['retry-storm', expect.any(String), 'session', 'same-producer-s'],
    ]);
    expect(await runtime.log.bounds('gaps', 0)).toEqual({ first: 0, next: 0 });
  });

  it('is kept with the time of its receipt and what it claimed', async () => {
    const [record] = await runtime.log.read('events', 0, 0, 1);
    const event = copyRow(EVENT, rowsOf(EVENT, Frame.decode(record!.frame)).seek(0));
    expect(event.time).toBe(event.received);
    expect(event.time - started).toBeLessThan(TEN_YEARS_MS);
    expect(event.marks).toEqual(['clock_skew']);
    expect(event.attributes).toEqual({ claimed_time: new Date(started + TEN_YEARS_MS).toISOString() });
  });
});
