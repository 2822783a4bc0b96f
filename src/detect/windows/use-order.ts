/** No place. */
export const NONE = -1;

const EXACT = 2 ** 53;

/**
 * Who was used least recently, without a list that every use would have to change: places are sorted when somebody asks, and what was
 * used since is passed over. Sorting what is held costs as many comparisons a place as a use or two, for it takes that many uses of
 * others to make it necessary again.
 */
export class UseOrder {
  #sorted: Float64Array | number[] = [];
  #turn = 0;
  /** Uses when they were sorted: who was used later is no longer where he stands. */
  #uses = NONE;
  #places = 1;

  /** `used` gives the number of the last use of a place, `uses` is the number of the last of all, `held` has the places. */
  first(used: (place: number) => number, uses: number, held: ReadonlyMap<string, number>): number {
    for (;;) {
      for (; this.#turn < this.#sorted.length; this.#turn++) {
        const place = this.#sorted[this.#turn]! % this.#places;
        if (used(place) <= this.#uses) return place;
      }
      if (held.size === 0) return NONE;
      this.#sort(used, held);
      this.#uses = uses;
    }
  }

  #sort(used: (place: number) => number, held: ReadonlyMap<string, number>): void {
    let [first, last, places] = [Number.POSITIVE_INFINITY, 0, 0];
    for (const place of held.values()) {
      first = Math.min(first, used(place));
      last = Math.max(last, used(place));
      places = Math.max(places, place + 1);
    }
    this.#turn = 0;
    this.#places = places;
    if ((last - first + 1) * places < EXACT) {
      // Use and place in one number: numbers alone are sorted five times as fast as with a comparison.
      this.#sorted = Float64Array.from(held.values(), (place) => (used(place) - first) * places + place).sort();
    } else this.#sorted = [...held.values()].sort((a, b) => used(a) - used(b));
  }
}
