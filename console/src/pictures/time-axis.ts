/** A piece of the axis: time of events, or a gap in which nothing happened, drawn short. */
export interface Stretch {
  from: number;
  to: number;
  x0: number;
  x1: number;
  is_gap: boolean;
}

export interface TimeAxis {
  stretches: readonly Stretch[];
  x(at: number): number;
}

const GAP_PX = 46;
/** A pause is a gap when it is longer than this share of all, and long enough to be called idle. */
const GAP_SHARE = 0.4;
const GAP_MS_MIN = 2000;

/** Times along a width, idle gaps drawn short: an attack of seconds an hour after the last call stays readable. */
export function timeAxis(times: readonly number[], x0: number, x1: number): TimeAxis {
  const sorted = [...new Set(times)].sort((a, b) => a - b);
  const first = sorted[0] ?? 0;
  const last = sorted.at(-1) ?? 0;
  const gaps = gapsOf(sorted, last - first, Math.max(0, Math.floor((x1 - x0) / (GAP_PX * 4))));
  const busy = last - first - gaps.reduce((sum, [from, to]) => sum + to - from, 0);
  const room = x1 - x0 - gaps.length * GAP_PX;
  const stretches: Stretch[] = [];
  let x = x0;
  let from = first;
  const add = (to: number, is_gap: boolean) => {
    // Where everything happened at one time, it stands in the middle.
    const width = is_gap
      ? GAP_PX
      : busy > 0
        ? ((to - from) / busy) * room
        : gaps.length === 0
          ? room
          : room / (gaps.length + 1);
    stretches.push({ from, to, x0: x, x1: x + width, is_gap });
    x += width;
    from = to;
  };
  for (const [begin, end] of gaps) {
    add(begin, false);
    add(end, true);
  }
  add(last, false);
  return { stretches, x: (at) => place(stretches, at) };
}

function gapsOf(sorted: readonly number[], span: number, gaps_max: number): [number, number][] {
  const pauses = sorted.slice(1).map((at, i): [number, number] => [sorted[i]!, at]);
  const long = pauses.filter(([from, to]) => to - from > Math.max(GAP_MS_MIN, span * GAP_SHARE));
  return long
    .sort((a, b) => b[1] - b[0] - (a[1] - a[0]))
    .slice(0, gaps_max)
    .sort((a, b) => a[0] - b[0]);
}

function place(stretches: readonly Stretch[], at: number): number {
  const found = stretches.find(({ to }) => at <= to) ?? stretches.at(-1)!;
  if (found.to === found.from) return (found.x0 + found.x1) / 2;
  const share = Math.min(1, Math.max(0, (at - found.from) / (found.to - found.from)));
  return found.x0 + share * (found.x1 - found.x0);
}

/** Round steps that fit a stretch, at least `px_min` apart. */
export function ticksOf({ from, to, x0, x1 }: Stretch, px_min: number): { step: number; at: number[] } {
  const count = Math.floor((x1 - x0) / px_min);
  if (count < 1 || to <= from) return { step: 0, at: [] };
  const step = STEPS.find((one) => one >= (to - from) / count) ?? STEPS.at(-1)!;
  const at: number[] = [];
  for (let next = Math.ceil(from / step) * step; next <= to; next += step) at.push(next);
  return { step, at };
}

const STEPS = [
  ...[10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * 1000),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * 60_000),
  ...[1, 2, 3, 6, 12].map((n) => n * 3_600_000),
  ...[1, 2, 7, 30, 90, 365].map((n) => n * 86_400_000),
];

/** Labels that would lie over each other become one. `items` are in order of their place. */
export function clusters<T extends { x: number; label: string }>(items: readonly T[], char_px: number): T[][] {
  const groups: T[][] = [];
  const end = (group: readonly T[]) => group[0]!.x + (labelOf(group).length + 2) * char_px;
  for (const item of items) {
    const group = groups.at(-1);
    if (group !== undefined && item.x < end(group)) group.push(item);
    else groups.push([item]);
  }
  return groups;
}

export function labelOf(group: readonly { label: string }[]): string {
  return [...new Set(group.map(({ label }) => label))].join(' · ');
}
