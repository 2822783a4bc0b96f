/** Counts by a pair of labels, handed over and begun again at each write. */
export type Counts = Map<string, { labels: readonly string[]; n: number }>;

export interface Tally {
  /** detector */
  late: Counts;
  /** detector */
  failures: Counts;
  /** detector, operator */
  evictions: Counts;
  /** detector, operator */
  operatorLate: Counts;
  /** detector */
  held: Counts;
}

export function createTally(): Tally {
  return { late: new Map(), failures: new Map(), evictions: new Map(), operatorLate: new Map(), held: new Map() };
}

export function count(counts: Counts, ...labels: readonly string[]): void {
  const key = labels.join('\0');
  const known = counts.get(key);
  if (known === undefined) counts.set(key, { labels, n: 1 });
  else known.n += 1;
}
