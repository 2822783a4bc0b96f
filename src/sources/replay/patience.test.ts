import { describe, expect, it } from 'vitest';
import { event, failure, fakeClock, fileOf, ids, numbered, openTestDoor, play } from '../../../test/cli/door.ts';
import { TriplineError } from '../../errors.ts';
import { createKey } from '../../ingest/keys.ts';

const full = () => new TriplineError('TRIPLINE_LOG_UNAVAILABLE', 'The disk is full', { retriable: true });

describe('a door that does not take it', () => {
  it('is asked again after as long as it says when its log is unavailable (503)', async () => {
    let writes = 0;
    const door = await openTestDoor({
      beforeWrite: () => {
        writes += 1;
        if (writes === 2 || writes === 3) throw full();
      },
    });
    const clock = fakeClock();
    expect(await play([await fileOf(numbered(9))], door.to, { clock })).toMatchObject({ accepted: 9, duplicates: 0 });
    expect(clock.slept).toEqual([7000, 7000]);
    expect(await door.ids()).toEqual(ids(9));
  });

  it('is asked again after as long as it says when too much waits (429)', async () => {
    let begun = () => {};
    let release = () => {};
    const writing = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const door = await openTestDoor({
      ingest: { waiting_events_max: 1 },
      beforeWrite() {
        begun();
        return held;
      },
    });
    const headers = { 'content-type': 'application/json' };
    const other = fetch(`${door.to}/v1/events`, { method: 'POST', headers, body: JSON.stringify(event('other', 0)) });
    await writing;
    const clock = fakeClock(async () => {
      release();
      await other;
    });
    expect(await play([await fileOf(numbered(3))], door.to, { clock })).toMatchObject({ accepted: 3 });
    expect(clock.slept).toEqual([7000]);
    expect(await door.ids()).toEqual(['other', ...ids(3)]);
  });

  it('is given up after a stated time; the error says what was done, and skipping that goes on', async () => {
    let writes = 0;
    let isFull = true;
    const door = await openTestDoor({
      beforeWrite: () => {
        writes += 1;
        if (isFull && writes > 2) throw full();
      },
    });
    const file = await fileOf(numbered(10));
    const clock = fakeClock();
    expect(await failure(play([file], door.to, { clock, retry_ms_max: 20_000 }))).toBe(
      `TRIPLINE_SERVER_UNREACHABLE: ${door.to} took nothing for 14 s: status 503; 6 records were done, --skip 6 goes on from there`,
    );
    expect(clock.slept).toEqual([7000, 7000]);
    isFull = false;
    expect(await play([file], door.to, { skip: 6 })).toMatchObject({ read: 4, accepted: 4, duplicates: 0, skipped: 6 });
    expect(await door.ids()).toEqual(ids(10));
  });

  it('and that nobody stands behind is tried again and given up', async () => {
    const door = await openTestDoor();
    await door.close();
    const clock = fakeClock();
    expect(await failure(play([await fileOf(numbered(1))], door.to, { clock, retry_ms_max: 500 }))).toBe(
      `TRIPLINE_SERVER_UNREACHABLE: ${door.to} took nothing for 0 s: ECONNREFUSED`,
    );
    expect(clock.slept).toEqual([100, 200]);
  });

  it('is an error at once when it is no door, or does not know the key', async () => {
    let key = '';
    const door = await openTestDoor({
      async prepare(dir) {
        ({ key } = await createKey(dir, 'build-agents'));
      },
    });
    const file = await fileOf(numbered(1));
    expect(await failure(play([file], `${door.to}/elsewhere`))).toMatch(
      /^TRIPLINE_SERVER_UNREACHABLE: \S+ is not the door of a Tripline: status 404$/,
    );
    expect(await failure(play([file], door.to, { key: 'tlk_unknown' }))).toBe(
      `TRIPLINE_UNAUTHORISED: ${door.to} does not accept the key: The API key is not known`,
    );
    expect(await play([file], door.to, { key })).toMatchObject({ accepted: 1 });
    expect(await door.arrived()).toEqual([{ id: 'e0', producer: 'build-agents/day.ndjson' }]);
  });
});
