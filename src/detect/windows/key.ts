/** One key of several parts. They are texts from outside: joined so that no two lists give the same key. */
export function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
