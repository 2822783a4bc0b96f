/** In the last snapshot. */
export const STORED = 1;
/** A use without a change was written after the slot. */
export const TOUCHED = 2;

/** What is kept of a key beside its slot, in five numbers of eight bytes side by side: id, used, seen, and four halves. */
export const RECORD = 5;
/** Names the entry in snapshots: keys are from outside and may be longer than a log's key. */
export const ID = 0;
/** Place in the order of use. */
export const USED_AT = 1;
/** Newest event time of its uses. */
export const SEEN_AT = 2;
export const HALVES = 2 * RECORD;
/** Where in the list of changes it stands while `CHANGE` says so. */
export const DIRTY_AT = 6;
export const CHANGE = 7;
export const FLAGS = 8;
