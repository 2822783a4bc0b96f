import type { Json } from '../../sources/files/format.ts';
import { type Labels, labelOf, without } from '../case.ts';

const LONG_CALLS = 6;

/** Multi-turn runs: positive where all turns were used without a solution, negative where it was solved. */
export const loops: Labels = {
  format: 'loops',
  matches: (record) => 'env' in record && 'turns_max' in record,
  // The reward of a call is an answer too.
  blind: (record) => ({ ...without(record, 'label'), calls: callsOf(record).map((call) => without(call, 'reward')) }),
  caseOf(record, index) {
    const { solved, exhausted } = labelOf(record);
    if (typeof exhausted !== 'boolean') return undefined;
    const long = !exhausted && callsOf(record).length >= LONG_CALLS;
    return {
      id: String(index),
      truth: exhausted ? 'positive' : solved === true ? 'negative' : undefined,
      hard: [...(long ? ['long_negatives'] : []), ...(!exhausted && solved !== true ? ['given_up'] : [])],
      groups: { env: String(record.env), model: String(record.model) },
    };
  },
};

function callsOf(record: Json): Json[] {
  return Array.isArray(record.calls) ? (record.calls as Json[]) : [];
}
