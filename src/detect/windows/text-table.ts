import { randomInt } from 'node:crypto';

/** Nobody outside can choose texts that fall on one place. The order of nothing depends on it. */
const SEED = randomInt(2 ** 31);
const PLACES_MIN = 64;

/**
 * Texts with a number each, for many that come and go. A Map chases pointers through memory that is in no cache, and is made anew again
 * and again when keys are removed; here one look-up touches one place.
 */
export class TextTable {
  /** Entry (0 for none) and hash of each place: open addressing, at most half full. */
  #places = new Int32Array(2 * PLACES_MIN);
  #texts: (string | undefined)[] = [undefined];
  #numbers: number[] = [0];
  readonly #free: number[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(text: string): number | undefined {
    const entry = this.#places[this.#find(text, hashOf(text))]!;
    return entry === 0 ? undefined : this.#numbers[entry];
  }

  set(text: string, number: number): void {
    const hash = hashOf(text);
    const place = this.#find(text, hash);
    const known = this.#places[place]!;
    if (known !== 0) {
      this.#numbers[known] = number;
      return;
    }
    const entry = this.#free.pop() ?? this.#texts.length;
    this.#texts[entry] = text;
    this.#numbers[entry] = number;
    this.#places[place] = entry;
    this.#places[place + 1] = hash;
    this.#size += 1;
    if (4 * this.#size > this.#places.length) this.#grow();
  }

  delete(text: string): void {
    let hole = this.#find(text, hashOf(text));
    const entry = this.#places[hole]!;
    if (entry === 0) return;
    this.#texts[entry] = undefined;
    this.#free.push(entry);
    this.#size -= 1;
    // What was put past this place must be found without it.
    const mask = this.#places.length - 1;
    for (let at = (hole + 2) & mask; this.#places[at] !== 0; at = (at + 2) & mask) {
      const home = 2 * this.#places[at + 1]!;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      this.#places[hole] = this.#places[at]!;
      this.#places[hole + 1] = this.#places[at + 1]!;
      hole = at;
    }
    this.#places[hole] = 0;
  }

  /** Where it stands, or would. */
  #find(text: string, hash: number): number {
    const mask = this.#places.length - 1;
    let at = (2 * hash) & mask;
    for (; ; at = (at + 2) & mask) {
      const entry = this.#places[at]!;
      if (entry === 0 || (this.#places[at + 1] === hash && this.#texts[entry] === text)) return at;
    }
  }

  #grow(): void {
    const before = this.#places;
    this.#places = new Int32Array(2 * before.length);
    const mask = this.#places.length - 1;
    for (let i = 0; i < before.length; i += 2) {
      if (before[i] === 0) continue;
      let at = (2 * before[i + 1]!) & mask;
      while (this.#places[at] !== 0) at = (at + 2) & mask;
      this.#places[at] = before[i]!;
      this.#places[at + 1] = before[i + 1]!;
    }
  }
}

function hashOf(text: string): number {
  let hash = SEED;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) & 0x3fff_ffff;
}
