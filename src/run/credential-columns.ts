import type { Detector } from '../detect/detector.ts';
import { EVENT, type EventField } from '../event/event.ts';
import type { Column } from '../event/field.ts';

/** What every frame of the credentials topic carries: who, what and how it ended; verification reads these. */
const BASE: readonly EventField[] = [
  'event_id',
  'time',
  'received',
  'kind',
  'tenant',
  'producer',
  'credential',
  'credential_handles',
  'agent_id',
  'agent_instance',
  'session',
  'task',
  'lifecycle',
  'outcome',
  'error_status',
  'marks',
];

/** Columns of the credentials topic: the base and what its detectors declare, in table order. */
export function credentialColumns(detectors: readonly Detector[]): readonly Column[] {
  const names = new Set<string>(BASE);
  for (const detector of detectors) {
    if (detector.key === 'credential') for (const name of detector.columns) names.add(name);
  }
  return EVENT.columns.filter((column) => names.has(column.name));
}
