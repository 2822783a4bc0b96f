import { createHash } from 'node:crypto';
import { EVENT_KINDS, type PostedEvent } from '../../event/event.ts';
import type { Format } from './format.ts';

const KINDS = new Set<unknown>(EVENT_KINDS);

/** Events in the form in which they are posted. */
export const posted: Format = {
  id: 'tripline events',
  // A damaged first event is still one of ours.
  matches: (record) => KINDS.has(record.kind) || ('event_id' in record && 'time' in record),
  events(record, { file, index }) {
    const event_id = record.event_id ?? `${file.slice(0, 200)}:${index}:${digestOf(record)}`;
    return [{ ok: true, event: { ...record, event_id } as unknown as PostedEvent }];
  },
};

/** A second replay changes nothing, and tomorrow's file of the same name is another one. */
function digestOf(record: object): string {
  return createHash('sha256').update(JSON.stringify(record)).digest('hex').slice(0, 16);
}
