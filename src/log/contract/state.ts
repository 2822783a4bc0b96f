import { expect, it } from 'vitest';
import { type OpenLogForTest, stateOf } from './under-test.ts';

const entry = (scope: string, key: string, text: string | undefined) => ({
  scope,
  key,
  value: text === undefined ? undefined : Buffer.from(text),
});

export function testState(open: OpenLogForTest): void {
  it('keeps scopes apart that begin alike', async () => {
    const { log } = await open({});
    const scopes = ['a', 'a/b', 'a/b/c', 'a/', 'aa', 'b'];
    await log.write({ state: scopes.map((scope) => entry(scope, 'key', scope)) });
    for (const scope of scopes) expect(await stateOf(log, scope)).toEqual([`key=${scope}`]);
    expect(await stateOf(log, 'a/b/')).toEqual([]);
    expect(await stateOf(log, '')).toEqual([]);
  });

  it('gives entries in key order', async () => {
    const { log } = await open({});
    const keys = ['b', 'a/2', '', 'c', 'a', 'ab', 'a/10', 'é', 'Z'];
    await log.write({ state: keys.map((key) => entry('s', key, 'v')) });
    expect(await stateOf(log, 's')).toEqual(
      ['', 'Z', 'a', 'a/10', 'a/2', 'ab', 'b', 'c', 'é'].map((key) => `${key}=v`),
    );
  });

  it('overwrites and removes entries', async () => {
    const { log, reopen } = await open({});
    await log.write({ state: [entry('s', 'a', '1'), entry('s', 'b', '2'), entry('s', 'c', '3'), entry('s', 'e', '')] });
    await log.write({ state: [entry('s', 'a', '4'), entry('s', 'b', undefined), entry('s', 'none', undefined)] });
    expect(await stateOf(log, 's')).toEqual(['a=4', 'c=3', 'e=']);
    expect(await stateOf(await reopen(), 's')).toEqual(['a=4', 'c=3', 'e=']);
  });

  it('lets the last of several changes of one entry in one write win', async () => {
    const { log } = await open({});
    await log.write({ state: [entry('s', 'a', '1'), entry('s', 'a', undefined), entry('s', 'a', '2')] });
    await log.write({ state: [entry('s', 'b', '1'), entry('s', 'b', undefined)] });
    expect(await stateOf(log, 's')).toEqual(['a=2']);
  });

  it('gives back thousands of entries and large ones', async () => {
    const { log } = await open({});
    const many = Array.from({ length: 3000 }, (_, i) => entry('many', `k${String(i).padStart(5, '0')}`, `${i}`));
    await log.write({ state: [...many, entry('large', 'k', 'x'.repeat(2_000_000))] });
    expect(await stateOf(log, 'many')).toEqual(many.map(({ key, value }) => `${key}=${value}`));
    expect(await stateOf(log, 'large')).toEqual([`k=${'x'.repeat(2_000_000)}`]);
  });
}
