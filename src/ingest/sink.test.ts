import { describe, expect, it } from 'vitest';
import { TriplineError } from '../errors.ts';
import { EVENT } from '../event/event.ts';
import { createFingerprints } from '../event/fingerprint.ts';
import type { Log } from '../log/log.ts';
import { openMemoryLog } from '../log/memory-log.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { type Admitted, createAdmission } from './admission.ts';
import { IngestConfig } from './config.ts';
import { openSink } from './sink.ts';
import { counted, holdWrites, rowsIn } from './testing/door.ts';

const secret = Buffer.alloc(32, 7);
const received = Date.parse('2026-11-25T10:00:00Z');

interface SetUp {
  config?: Partial<IngestConfig>;
  log?: Log;
  followers?: string;
  wrap?: (log: Log) => Log;
}

async function setUp(asked: SetUp = {}) {
  const { config: limits = {}, wrap = (log) => log, log = openMemoryLog(), followers } = asked;
  const config = IngestConfig.parse(limits);
  const metrics = createMetrics();
  const admission = createAdmission({ secret, config, metrics });
  const fingerprints = createFingerprints(secret);
  const deps = { log: wrap(log), config, credentialColumns: EVENT.columns, fingerprints, metrics, followers };
  const sink = await openSink(deps);
  const admit = (posted: object, index = 0) =>
    admission.admit(posted, { producer: 'p', door: 'events', received, index });
  /** Events of these numbers; a number below zero is one that is refused. */
  const batch = (...numbers: number[]): Admitted[] =>
    numbers.map((n, index) =>
      admit({ kind: n < 0 ? 'nonsense' : 'model_usage', event_id: `e${n}`, agent_id: 'a' }, index),
    );
  const accept = (...numbers: number[]) => sink.accept(batch(...numbers), 'events');
  const kept = async () =>
    (await rowsIn(log, 'events')).map(({ event_id }) => Number(String(event_id).slice(1))).sort((a, b) => a - b);
  return { sink, log, metrics, accept, kept };
}

/** A log that fails writes while it is told to, and counts those that it took. */
function moody() {
  const state = { failing: false, writes: 0 };
  const wrap = (log: Log): Log => ({
    ...log,
    async write(write) {
      if (state.failing) throw new TriplineError('TRIPLINE_LOG_UNAVAILABLE', 'no room', { retriable: true });
      state.writes += 1;
      return log.write(write);
    },
  });
  return { state, wrap };
}

describe('doors on one log', () => {
  it('know what the others accepted, before and after they were opened', async () => {
    const log = openMemoryLog();
    const one = await setUp({ log, followers: 'door-1' });
    await one.accept(1);
    const two = await setUp({ log, followers: 'door-2' });
    expect(await two.accept(1, 2)).toEqual({ accepted: 1, duplicates: 1 });
    // The follower is told of it, not asked: it needs a moment.
    let n = 10;
    await expect.poll(() => one.accept(2, ++n)).toEqual({ accepted: 1, duplicates: 1 });
    await Promise.all([one.sink.close(), two.sink.close()]);
  });
});

describe('group commit', () => {
  it('writes what came during a write together in the next one, and tells each request its own part', async () => {
    const held = holdWrites();
    const { state, wrap } = moody();
    const { accept, kept } = await setUp({ wrap: (log) => held.wrap(wrap(log)) });
    const first = accept(1);
    await held.arrived();
    const others = [accept(2, 3), accept(3, 4, -1), accept(1, 5), accept(-2)];
    held.release();
    expect(await first).toEqual({ accepted: 1, duplicates: 0 });
    expect(await Promise.all(others)).toEqual([
      { accepted: 2, duplicates: 0 },
      { accepted: 1, duplicates: 1 },
      { accepted: 1, duplicates: 1 },
      { accepted: 0, duplicates: 0 },
    ]);
    expect(await kept()).toEqual([1, 2, 3, 4, 5]);
    expect(state.writes).toBe(2);
  });

  it('takes no more events into one write than may be, and a larger request alone', async () => {
    const held = holdWrites();
    const { state, wrap } = moody();
    const { accept, kept } = await setUp({ config: { write_events_max: 3 }, wrap: (log) => held.wrap(wrap(log)) });
    const first = accept(0);
    await held.arrived();
    // Two and one fit together; four are too many, and one more follows them.
    const others = [accept(1, 2), accept(3), accept(4, 5, 6, 7), accept(8)];
    held.release();
    await Promise.all([first, ...others]);
    expect(await kept()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(state.writes).toBe(4);
  });

  it('writes nothing for a request that brought nothing new', async () => {
    const { state, wrap } = moody();
    const { accept } = await setUp({ wrap });
    await accept(1);
    expect([await accept(1), await accept()]).toEqual([
      { accepted: 0, duplicates: 1 },
      { accepted: 0, duplicates: 0 },
    ]);
    expect(state.writes).toBe(1);
  });

  it('ends when all that was accepted is written', async () => {
    const held = holdWrites();
    const { sink, accept, kept } = await setUp({ wrap: held.wrap });
    const accepted = [accept(1), accept(2), accept(3)];
    const closed = sink.close();
    held.release();
    await closed;
    expect(await kept()).toEqual([1, 2, 3]);
    await Promise.all(accepted);
  });
});

describe('a log that fails', () => {
  it('acknowledges nothing, counts nothing, and takes the same events later as new', async () => {
    const { state, wrap } = moody();
    const { accept, kept, metrics } = await setUp({ wrap });
    state.failing = true;
    const results = await Promise.allSettled([accept(1, 2), accept(2, -1)]);
    for (const result of results)
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'TRIPLINE_LOG_UNAVAILABLE', retriable: true },
      });
    expect([await kept(), await counted(metrics.eventsAccepted), await counted(metrics.eventsDuplicate)]).toEqual([
      [],
      0,
      0,
    ]);
    state.failing = false;
    expect(await accept(1, 2)).toEqual({ accepted: 2, duplicates: 0 });
    expect(await kept()).toEqual([1, 2]);
  });

  it('leaves no room taken by what it did not keep', async () => {
    const { state, wrap } = moody();
    const { sink, accept } = await setUp({ wrap, config: { waiting_events_max: 2 } });
    state.failing = true;
    for (let times = 0; times < 5; times++)
      await expect(accept(1, 2)).rejects.toMatchObject({ code: 'TRIPLINE_LOG_UNAVAILABLE' });
    expect(sink.full()).toBe(false);
  });
});

describe('limits of the sink', () => {
  it('refuse more than may wait, by events and by their texts, and count it', async () => {
    for (const config of [{ waiting_events_max: 3 }, { waiting_bytes_max: 30 }]) {
      const held = holdWrites();
      const { sink, accept, kept, metrics } = await setUp({ config, wrap: held.wrap });
      const accepted = accept(1, 2, 3);
      await held.arrived();
      expect(sink.full()).toBe(true);
      await expect(accept(4)).rejects.toMatchObject({ code: 'TRIPLINE_OVERLOADED', retriable: true });
      expect(await counted(metrics.requestsShed, { limit: 'waiting' })).toBe(1);
      held.release();
      await accepted;
      expect(sink.full()).toBe(false);
      await accept(4);
      expect(await kept()).toEqual([1, 2, 3, 4]);
    }
  });

  it('forget the oldest ids beyond the window of repeats, and count them', async () => {
    const { accept, metrics } = await setUp({ config: { dedupe_events_max: 4 } });
    for (let n = 1; n <= 10; n++) await accept(n);
    // Two generations of two: the fifth, seventh and ninth each push out two.
    expect(await counted(metrics.dedupeForgotten)).toBe(6);
    expect(await accept(7, 8, 9, 10)).toEqual({ accepted: 0, duplicates: 4 });
    expect(await accept(6)).toEqual({ accepted: 1, duplicates: 0 });
  });

  it('are counted by door', async () => {
    const { accept, metrics } = await setUp();
    await accept(1, 2, 2, -1);
    const labels = { door: 'events' };
    expect(await counted(metrics.eventsAccepted, labels)).toBe(2);
    expect(await counted(metrics.eventsDuplicate, labels)).toBe(1);
    expect(await counted(metrics.eventsRejected, { ...labels, field: 'kind' })).toBe(1);
  });
});
