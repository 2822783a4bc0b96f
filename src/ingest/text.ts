const STRANGE = /[\0\ud800-\udfff]/;
const REPLACED = /[\0\p{Cs}]/gu;

/** NUL and lone surrogates become U+FFFD: UTF-8 has no form for the latter, and C libraries end texts at the former. */
export function wellFormed(text: string): string {
  return STRANGE.test(text) ? text.replace(REPLACED, '\ufffd') : text;
}
