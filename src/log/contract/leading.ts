import { expect, it } from 'vitest';
import { TriplineError } from '../../errors.ts';
import type { Log } from '../log.ts';
import { type OpenLogForTest, stateOf } from './under-test.ts';

/** A task that notes what becomes of it, and fails when the test says so. */
export function leadTask(noted: string[], name = '') {
  let fail = (_error: unknown) => {};
  const finished = new Promise<never>((_, reject) => {
    fail = reject;
  });
  finished.catch(() => {});
  return {
    fail: (error: unknown) => fail(error),
    open: async (_log: Log) => {
      noted.push(`open${name}`);
      return { finished, close: async () => void noted.push(`close${name}`) };
    },
  };
}

export function testLeading(open: OpenLogForTest): void {
  it('leads at once where nobody else does, writes as the leader, and can lead again', async () => {
    const { log } = await open({});
    const noted: string[] = [];
    let led: Log | undefined;
    const { open: begin } = leadTask(noted);
    const first = await log.lead('work', async (mine) => {
      led = mine;
      return begin(mine);
    });
    await expect.poll(() => noted, { timeout: 20_000 }).toEqual(['open']);
    await led!.write({ state: [{ scope: 's', key: 'k', value: Buffer.from('v') }] });
    expect(await stateOf(led!, 's')).toEqual(['k=v']);
    await first.close();
    expect(noted).toEqual(['open', 'close']);
    await first.finished;
    const second = await log.lead('work', begin);
    await expect.poll(() => noted, { timeout: 20_000 }).toEqual(['open', 'close', 'open']);
    await second.close();
  });

  it('rejects when what is led cannot be opened', async () => {
    const { log } = await open({});
    const refused = log.lead('work', async () => {
      throw new TriplineError('TRIPLINE_POLICY_INVALID', 'not like this');
    });
    await expect(refused).rejects.toMatchObject({ code: 'TRIPLINE_POLICY_INVALID' });
  });

  it('ends when what is led cannot go on', async () => {
    const { log } = await open({});
    const task = leadTask([]);
    const lead = await log.lead('work', task.open);
    const finished = expect(lead.finished).rejects.toMatchObject({ code: 'TRIPLINE_INPUT_TOO_LARGE' });
    task.fail(new TriplineError('TRIPLINE_INPUT_TOO_LARGE', 'a thing nobody can write'));
    await finished;
    await lead.close();
  });
}
