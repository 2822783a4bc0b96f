/** A span of time as people say it: `340 ms`, `2.5 s`, `12 min`, `3 h`. */
export function duration(ms: number): string {
  const span = Math.max(0, ms);
  if (span < 1000) return `${Math.round(span)} ms`;
  if (span < 120_000) return `${Number((span / 1000).toFixed(1))} s`;
  if (span < 7_200_000) return `${Math.round(span / 60_000)} min`;
  return `${Math.round(span / 3_600_000)} h`;
}
