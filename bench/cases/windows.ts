import { createWindows } from '../../src/detect/windows/create-windows.ts';
import type { Windows } from '../../src/detect/windows/windows.ts';
import { round } from '../measure.ts';

const CALLS = 400_000;
const WINDOW_MS = 60_000;
const SIZES = [10, 1000, 100_000];

/** Each operator with windows of ten, a thousand and a hundred thousand events: what a call costs must not depend on it. */
const OPERATORS: Readonly<Record<string, (windows: Windows) => (time: number, i: number) => unknown>> = {
  slidingCount: (windows) => {
    const count = windows.slidingCount({ name: 'a', window_ms: WINDOW_MS });
    return (time) => count.add('k', time);
  },
  distinctCount: (windows) => {
    const count = windows.distinctCount({ name: 'a', window_ms: WINDOW_MS, entries_max: 200_000 });
    return (time, i) => count.add('k', time, `v${i}`);
  },
  firstSeen: (windows) => {
    const seen = windows.firstSeen({ name: 'a', entries_max: 200_000 });
    return (time, i) => seen.add('k', time, `v${i % 100_000}`);
  },
  recent: (windows) => {
    const recent = windows.recent<number>({ name: 'a', entries_max: 10 });
    return (time, i) => recent.push('k', time, i);
  },
  orderedSequence: (windows) => {
    const steps = windows.orderedSequence({ name: 'a', steps: 3, window_ms: WINDOW_MS, gap_ms: WINDOW_MS });
    return (time, i) => steps.advance('k', time, i % 3, 'e');
  },
  suppress: (windows) => {
    const suppress = windows.suppress({ name: 'a', window_ms: WINDOW_MS });
    return (time) => suppress.pass('k', time);
  },
};

export async function windows(): Promise<object[]> {
  return Object.entries(OPERATORS).map(([name, make]) => {
    // The engine has to have seen it, in every size, before it is measured.
    for (const size of [...SIZES, ...SIZES]) nsPerCall(make, size);
    const ns = SIZES.map((size) => {
      const rounds = [0, 1, 2].map(() => nsPerCall(make, size));
      return rounds.sort((a, b) => a - b)[1]!;
    });
    const [ten, thousand, most] = ns as [number, number, number];
    return {
      name,
      ns_at_10: Math.round(ten),
      ns_at_1000: Math.round(thousand),
      ns_at_100000: Math.round(most),
      largest_to_smallest: round(Math.max(...ns) / Math.min(...ns)),
    };
  });
}

/** The window is full before the clock starts. */
function nsPerCall(make: (windows: Windows) => (time: number, i: number) => unknown, size: number): number {
  const call = make(createWindows({ detector: 'bench', keys_max_default: 1000 }).windows);
  const step = WINDOW_MS / size;
  for (let i = 0; i < size; i++) call(i * step, i);
  const started = performance.now();
  for (let i = size; i < size + CALLS; i++) call(i * step, i);
  return ((performance.now() - started) * 1e6) / CALLS;
}
