import type { Json } from '../../sources/files/format.ts';
import { type Case, type Labels, labelOf, without } from '../case.ts';

/** AWS records: positive is each technique (caught or not), negative each record of nobody's attack. */
export const cloudtrail: Labels = {
  format: 'cloudtrail',
  matches: (record) => 'access_key' in record && 'principal_type' in record,
  blind: (record) => nameless(without(record, 'label', 'dataset')),
  caseOf(record, index): Case {
    const { attack, technique } = labelOf(record);
    if (attack !== true)
      return { id: `record ${index}`, truth: 'negative', hard: hardOf(record), groups: {}, yields: true };
    // Attack records without a named technique are one more case that is only counted apart.
    if (typeof technique !== 'string') return { id: 'unnamed', truth: undefined, hard: ['unnamed'], groups: {} };
    return { id: technique, truth: 'positive', hard: [], groups: { technique } };
  },
};

/** The attack tool writes its own name into what it makes. */
function nameless(record: Json): Json {
  return JSON.parse(JSON.stringify(record).replace(/stratus(?:-red-team)?/gi, '')) as Json;
}

function hardOf({ ua }: Json): string[] {
  const client = String(ua ?? '');
  return [
    ...(client.includes('S3Console') ? ['s3_console'] : []),
    ...(client.includes('Terraform') ? ['terraform'] : []),
  ];
}
