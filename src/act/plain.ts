/** What somebody else said, fit for a row and a terminal: no control characters, and cut. */
export function plain(text: string, length_max = 500): string {
  const clean = text.slice(0, length_max * 2).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
  return clean.length > length_max ? `${clean.slice(0, length_max)}...` : clean;
}
