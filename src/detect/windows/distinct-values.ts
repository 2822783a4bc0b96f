import { BUCKETS } from './operator.ts';
import { TextTable } from './text-table.ts';

/** The distinct values of a window, each with the number of the bucket in which it was seen last. */
export interface Values {
  readonly size: number;
  /** A value was seen in bucket `at`. */
  see(at: number, value: string): void;
  /** The newest bucket is now `at`: what is a window older is gone. */
  expire(at: number): void;
  /** The value seen longest ago gives way. */
  dropOldest(): void;
  /** By bucket, oldest first; in a bucket in the order in which it saw them. */
  byBucket(): [at: number, values: string[]][];
}

/** Values up to this many are looked through: most keys show a handful, and tables for each would weigh a kilobyte. */
export const FEW_VALUES = 16;

/** A handful: two lists, oldest bucket first. */
export class FewValues implements Values {
  readonly #values: string[] = [];
  readonly #buckets: number[] = [];

  get size(): number {
    return this.#values.length;
  }

  see(at: number, value: string): void {
    const known = this.#values.indexOf(value);
    if (known >= 0) {
      if (this.#buckets[known]! >= at) return;
      this.#values.splice(known, 1);
      this.#buckets.splice(known, 1);
    }
    let place = this.#values.length;
    while (place > 0 && this.#buckets[place - 1]! > at) place--;
    if (place === this.#values.length) {
      this.#values.push(value);
      this.#buckets.push(at);
      return;
    }
    this.#values.splice(place, 0, value);
    this.#buckets.splice(place, 0, at);
  }

  expire(at: number): void {
    let gone = 0;
    while (gone < this.#buckets.length && at - this.#buckets[gone]! >= BUCKETS) gone++;
    if (gone === 0) return;
    this.#values.splice(0, gone);
    this.#buckets.splice(0, gone);
  }

  dropOldest(): void {
    this.#values.shift();
    this.#buckets.shift();
  }

  byBucket(): [at: number, values: string[]][] {
    const found: [number, string[]][] = [];
    for (const [i, value] of this.#values.entries()) {
      const last = found.at(-1);
      if (last !== undefined && last[0] === this.#buckets[i]) last[1].push(value);
      else found.push([this.#buckets[i]!, [value]]);
    }
    return found;
  }
}

/** Values in the order in which a bucket saw them. One that was seen later elsewhere stays, and is passed over. */
interface Bucket {
  readonly at: number;
  readonly values: string[];
  /** Those before it have given way. */
  from: number;
}

/** Any number of them: a table, and a list for each bucket. */
export class ManyValues implements Values {
  readonly #seen = new TextTable();
  /** Oldest first; at most as many as a window has. */
  readonly #buckets: Bucket[] = [];

  get size(): number {
    return this.#seen.size;
  }

  see(at: number, value: string): void {
    const before = this.#seen.get(value);
    if (before !== undefined && before >= at) return;
    this.#seen.set(value, at);
    this.#bucket(at).values.push(value);
  }

  expire(at: number): void {
    let gone = 0;
    for (; gone < this.#buckets.length && at - this.#buckets[gone]!.at >= BUCKETS; gone++) {
      const { values, from, at: number } = this.#buckets[gone]!;
      for (let i = from; i < values.length; i++)
        if (this.#seen.get(values[i]!) === number) this.#seen.delete(values[i]!);
    }
    if (gone > 0) this.#buckets.splice(0, gone);
  }

  dropOldest(): void {
    for (;;) {
      const bucket = this.#buckets[0]!;
      while (bucket.from < bucket.values.length) {
        const value = bucket.values[bucket.from++]!;
        if (this.#seen.get(value) !== bucket.at) continue;
        this.#seen.delete(value);
        return;
      }
      this.#buckets.shift();
    }
  }

  byBucket(): [at: number, values: string[]][] {
    return this.#buckets
      .map(({ at, values, from }): [number, string[]] => [
        at,
        values.slice(from).filter((value) => this.#seen.get(value) === at),
      ])
      .filter(([, values]) => values.length > 0);
  }

  /** Nearly always the newest. */
  #bucket(at: number): Bucket {
    let place = this.#buckets.length;
    while (place > 0 && this.#buckets[place - 1]!.at > at) place--;
    const known = this.#buckets[place - 1];
    if (known?.at === at) return known;
    const bucket = { at, values: [], from: 0 };
    this.#buckets.splice(place, 0, bucket);
    return bucket;
  }
}
