/** Does `text` fit `pattern`, in which * stands for any text? Linear in practice and never worse than the product of the lengths. */
export function fits(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let retry = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.length && pattern[p] === text[t]) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++retry;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** The first of the patterns that fits; empty texts fit nothing, so that an absent value is never "*". */
export function firstFit(patterns: readonly string[], text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  return patterns.find((pattern) => fits(pattern, text));
}
