import { describe, expect, it } from 'vitest';
import { LogConfig } from './config.ts';
import { testLog } from './contract.ts';
import type { Write } from './log.ts';
import { createMemoryDisk } from './memory-disk.ts';
import { type Fate, openMemoryLog } from './memory-log.ts';

testLog('memory', async (input) => {
  const disk = createMemoryDisk();
  const config = LogConfig.parse(input);
  let log = openMemoryLog({ disk, config });
  return {
    log,
    async reopen() {
      await log.close();
      log = openMemoryLog({ disk, config });
      return log;
    },
    destroy: () => log.close(),
  };
});

describe('memory log', () => {
  const write = (text: string): Write => ({
    append: [{ topic: 'events', partition: 0, frame: Buffer.from(text) }],
    state: [{ scope: 's', key: 'last', value: Buffer.from(text) }],
  });

  it.each<[Fate, string[]]>([
    ['lost', ['a']],
    ['kept', ['a', 'b']],
  ])('dies at a write that is %s, and the next log finds what was durable', async (fate, durable) => {
    const disk = createMemoryDisk();
    const dying = openMemoryLog({ disk, fate: ({ append }) => (`${append![0]!.frame}` === 'b' ? fate : 'answered') });
    const subscription = await dying.subscribe('events', 'g', async () => ({ position: 0, process: async () => {} }));
    expect(await dying.write(write('a'))).toEqual([0]);
    const dead = { code: 'TRIPLINE_LOG_UNAVAILABLE', retriable: false };
    await expect(dying.write(write('b'))).rejects.toMatchObject(dead);
    await expect(dying.write(write('c'))).rejects.toMatchObject(dead);
    await expect(dying.read('events', 0, 0, 100)).rejects.toMatchObject(dead);
    await subscription.close();

    const log = openMemoryLog({ disk });
    const records = await log.read('events', 0, 0, 100);
    expect(records.map(({ frame }) => frame.toString())).toEqual(durable);
    for await (const [key, value] of log.state('s')) expect([key, `${value}`]).toEqual(['last', durable.at(-1)]);
    await log.close();
  });

  it('takes its time from the clock that it is given', async () => {
    let now = 1000;
    const log = openMemoryLog({ clock: () => now });
    for (const time of [1000, 900, 2000]) {
      now = time;
      await log.write(write('a'));
    }
    expect((await log.read('events', 0, 0, 100)).map(({ appended }) => appended)).toEqual([1000, 1000, 2000]);
    await log.close();
  });
});
