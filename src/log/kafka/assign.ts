/** A member of a consumer group, as the member that leads sees it. */
export interface Candidate {
  id: string;
  /** Partitions it has now. */
  owned: readonly number[];
}

/** Shares partitions out evenly, and leaves with each member what it has as far as that goes: state need not be read again. */
export function assign(partitions: number, members: readonly Candidate[]): Map<string, number[]> {
  const ordered = members.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const least = Math.floor(partitions / ordered.length);
  /** Members that may have one more than `least`. */
  let larger = partitions % ordered.length;
  const free = new Set(Array.from({ length: partitions }, (_, partition) => partition));
  const shares = new Map<string, number[]>(ordered.map(({ id }) => [id, []]));
  // Whoever has more keeps one more, so that fewer move.
  for (const { id, owned } of ordered.toSorted((a, b) => b.owned.length - a.owned.length)) {
    const share = shares.get(id)!;
    for (const partition of owned) {
      if (!free.has(partition)) continue;
      if (share.length >= least && (share.length > least || larger === 0)) break;
      if (share.length === least) larger--;
      free.delete(partition);
      share.push(partition);
    }
  }
  for (const partition of free) {
    const poorest = ordered.reduce((a, b) => (shares.get(b.id)!.length < shares.get(a.id)!.length ? b : a));
    shares.get(poorest.id)!.push(partition);
  }
  for (const share of shares.values()) share.sort((a, b) => a - b);
  return shares;
}
