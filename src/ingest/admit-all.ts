import { setImmediate } from 'node:timers/promises';
import type { Refusal } from '../event/validate.ts';
import type { Admission, AdmitContext, Admitted, DoorName } from './admission.ts';
import type { Producer } from './producers.ts';

/** What a request holds at one place, read when its turn has come. */
export interface Item {
  index: number;
  /** Of its text, where that is parsed for this item alone. */
  bytes: number;
  read(): Posted;
}
/** An event to be checked, or a refusal. */
export type Posted = { ok: true; event: unknown } | { ok: false; refusal: Refusal };

/** Events and bytes checked in one go: other requests get their turn in between. */
const TURN_EVENTS = 256;
const TURN_BYTES = 131_072;

/** Admits the events of one request in order. While others have their turn it holds nothing that was read. */
export async function admitAll(
  admission: Admission,
  items: readonly Item[],
  { producer, tenant, agents }: Producer,
  door: DoorName,
): Promise<Admitted[]> {
  const received = Date.now();
  const occurrences = new Map<string, number>();
  const admitted: Admitted[] = [];
  let events = 0;
  let bytes = 0;
  for (const item of items) {
    if (events >= TURN_EVENTS || bytes >= TURN_BYTES) {
      await setImmediate();
      events = 0;
      bytes = 0;
    }
    const context = { producer, tenant, agents, door, received, index: item.index, occurrences };
    admitted.push(admit(admission, item, context));
    events += 1;
    bytes += item.bytes;
  }
  return admitted;
}

function admit(admission: Admission, item: Item, context: AdmitContext): Admitted {
  const posted = item.read();
  return posted.ok ? admission.admit(posted.event, context) : admission.refuse(posted.refusal, context);
}
