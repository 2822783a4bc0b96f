import { describe, expect, it } from 'vitest';
import type { OrderRow } from '../api/types.ts';
import { dotsOf, quantile } from './latency.ts';

const iso = (ms: number) => new Date(ms).toISOString();
const order = (row: Partial<OrderRow>) =>
  ({ order_id: 'o', created: iso(1000), event_appended_ms: 900, steps: {}, state: 'sent', ...row }) as OrderRow;

describe('how long it took', () => {
  it('is from the event to the proof, and unknown before', () => {
    const steps = { sent: iso(1100), confirmed: iso(1500) };
    expect(dotsOf([order({ steps, state: 'confirmed' })])).toMatchObject([{ at: 1000, ms: 600, is_failed: false }]);
    expect(dotsOf([order({ steps: { sent: iso(1100) }, state: 'irrevocable' })])).toMatchObject([
      { ms: undefined, is_failed: true },
    ]);
  });

  it('leaves out what never left', () => {
    expect(dotsOf([order({ state: 'observed' }), order({ state: 'held', steps: { held: iso(1) } })])).toEqual([]);
  });

  it('has the nearest rank as its quantiles', () => {
    expect([quantile([5, 1, 3, 2, 4], 0.5), quantile([5, 1, 3, 2, 4], 0.95), quantile([], 0.5)]).toEqual([
      3,
      5,
      undefined,
    ]);
  });
});
