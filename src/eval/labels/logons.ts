import { type Labels, labelOf, without } from '../case.ts';

/** Windows logons: each recorded scenario is one case, positive where it is lateral movement. */
export const logons: Labels = {
  format: 'logons',
  matches: (record) => 'scenario' in record && 'host' in record,
  blind: (record) => without(record, 'label'),
  caseOf(record) {
    const id = String(record.scenario);
    const lateral = labelOf(record).lateral === true;
    return { id, truth: lateral ? 'positive' : 'negative', hard: [], groups: { scenario: id } };
  },
};
