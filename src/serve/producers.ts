import { EVENT, type EventField } from '../event/event.ts';
import { instant, storable } from './list.ts';
import type { Reader } from './queries.ts';

/** Columns without which a detector is silent, by its id. */
export type Needs = ReadonlyMap<string, readonly EventField[]>;

/** Who reported, and what never came from there. */
export interface Producer {
  producer: string;
  tenant: string;
  events: number;
  last: string;
  /** Detectors that cannot fire on what it reports alone, and the fields that never came. */
  blind: Record<string, string[]>;
}

const PRODUCERS_MAX = 1000;

/**
 * The producers of what was received since `from_ms`, and for each the detectors that are blind there: a field that they need never came.
 * Where several producers tell of one agent, they may fill each other's gaps: that is not judged here.
 */
export async function readProducers(store: Reader, needs: Needs, from_ms: number): Promise<{ items: Producer[] }> {
  const wanted = new Set([...needs.values()].flat());
  const counts = EVENT.columns.filter(({ name }) => wanted.has(name as EventField)).map(countOf);
  const rows = await store.query<Record<string, string | number>>(
    `SELECT ${['producer', 'tenant', 'count() AS events', 'max(received) AS last', ...counts].join(', ')}
     FROM events WHERE received >= ${instant('from_ms')}
     GROUP BY producer, tenant ORDER BY events DESC, producer, tenant LIMIT {max:UInt32}`,
    { from_ms: storable(from_ms), max: PRODUCERS_MAX },
  );
  return { items: rows.map((row) => producerOf(row, needs)) };
}

/** How many events filled a column. */
function countOf({ name, type }: { name: string; type: string }): string {
  return `countIf(${/^(U?Int|Float)/.test(type) ? `${name} != 0` : `notEmpty(${name})`}) AS has_${name}`;
}

function producerOf(row: Record<string, string | number>, needs: Needs): Producer {
  const never = (fields: readonly EventField[]) => fields.filter((name) => Number(row[`has_${name}`]) === 0);
  const blind = [...needs].map(([detector, fields]) => [detector, never(fields)] as const);
  return {
    producer: String(row.producer),
    tenant: String(row.tenant),
    events: Number(row.events),
    last: String(row.last),
    blind: Object.fromEntries(blind.filter(([, fields]) => fields.length > 0)),
  };
}
