/** What a fingerprinted value looked like. The codes are part of stored data: never reuse one. */
export const VALUE_KINDS = {
  /** Free text: a whole field, a quoted passage, a name. */
  text: 1,
  email: 2,
  /** Without scheme for http and https, without `www.`, host in lower case. */
  url: 3,
  host: 4,
  /** IBANs, card and account numbers: eight digits or more. */
  account: 5,
  id: 6,
  path: 7,
  phone: 8,
  /** Numbers of three to seven digits. */
  amount: 9,
  /** A secret that was redacted. */
  secret: 10,
  /** Stem of a word of free text: what a text is about. */
  word: 11,
} as const;

export type ValueKind = keyof typeof VALUE_KINDS;

const HASHES = 2 ** 48;
const NAMES = new Map(Object.entries(VALUE_KINDS).map(([name, code]) => [code, name as ValueKind]));

/** kind * 2^48 + a 48-bit hash: a whole number below 2^52, so JSON and JavaScript carry it exactly. */
export function packValue(kind: ValueKind, hash48: number): number {
  return VALUE_KINDS[kind] * HASHES + hash48;
}

export function valueKind(value: number): ValueKind | undefined {
  return NAMES.get(Math.floor(value / HASHES) as (typeof VALUE_KINDS)[ValueKind]);
}
