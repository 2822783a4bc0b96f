/** 95 % interval of a share after Wilson (1927): right for small counts too, where the usual one is not. */
export function wilson(hits: number, of: number): [low: number, high: number] {
  if (of === 0) return [0, 1];
  const z = 1.959964;
  const share = hits / of;
  const middle = share + (z * z) / (2 * of);
  const spread = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  const scale = 1 + (z * z) / of;
  return [rounded(Math.max(0, (middle - spread) / scale)), rounded(Math.min(1, (middle + spread) / scale))];
}

export function rounded(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}
