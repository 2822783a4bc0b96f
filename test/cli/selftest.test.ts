import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { DETECTORS } from '../../detectors/index.ts';
import type { Tried } from '../../src/selftest/selftest.ts';
import { type Installed, install } from './installed.ts';

let tripline: Installed;
beforeAll(async () => {
  tripline = await install();
});
afterAll(() => tripline.remove());

interface Said {
  good: boolean;
  tried: Tried[];
}

async function selftest(detectors: object, ...args: string[]): Promise<{ code: number | null } & Said> {
  const file = join(tripline.cwd, 'selftest.yaml');
  await writeFile(file, stringify({ data_dir: join(tripline.cwd, 'data'), detect: { detectors } }));
  const { code, stdout } = await tripline.run(['selftest', '--config', file, '--json', ...args]);
  return { code, ...(JSON.parse(stdout) as Said) };
}
const resultsOf = ({ tried }: Said) => Object.fromEntries(tried.map(({ detector, result }) => [detector, result]));

describe('selftest', () => {
  it('makes every detector fire, and proves the revocation of each that may act', async () => {
    const said = await selftest({ canary: { config: { tools: ['bait_*'] } } });
    expect(said).toMatchObject({ code: 0, good: true });
    expect(resultsOf(said)).toEqual(Object.fromEntries(DETECTORS.map(({ id }) => [id, 'fired'])));
    const states = said.tried.map(({ detector, order }) => [detector, order]);
    expect(states).toEqual(
      DETECTORS.map(({ id, meta }) => [id, meta.maturity === 'stable' ? 'confirmed' : 'observed']),
    );
    for (const { order, event_to_order_ms, order_to_confirmed_ms } of said.tried.filter(
      ({ order }) => order === 'confirmed',
    ))
      expect([order, event_to_order_ms, order_to_confirmed_ms].every((value) => value !== undefined)).toBe(true);
  });

  it('names what is off, what has nothing to find, and what is configured so that it misses its own attack', async () => {
    const said = await selftest({
      'token-replay': { enabled: false },
      'lateral-movement': { config: { new_services_min: 50, new_services_refused_min: 50 } },
    });
    expect(said).toMatchObject({ code: 1, good: false });
    expect(resultsOf(said)).toMatchObject({
      'token-replay': 'off',
      canary: 'nothing to find',
      'lateral-movement': 'missed',
      'retry-storm': 'fired',
    });
  });

  it('says in one sentence that nobody answers at the address of the API', async () => {
    const { code, stderr } = await tripline.run(['selftest', '--api', 'http://127.0.0.1:1']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'Nobody answers at http://127.0.0.1:1\n' });
  });
});
