import { setImmediate } from 'node:timers/promises';
import type { Refusal } from '../event/validate.ts';
import type { Admission, AdmitContext, Admitted, DoorName } from './admission.ts';
import type { Producer } from './producers.ts';

/** What a request holds at one place: an event to be checked, or a refusal. */
export type Item = { index: number } & ({ ok: true; event: unknown } | { ok: false; refusal: Refusal });

/** Events checked in one go: other requests get their turn in between. */
const TURN_EVENTS = 256;

/** Admits the events of one request in order. */
export async function admitAll(
  admission: Admission,
  items: readonly Item[],
  { producer, tenant }: Producer,
  door: DoorName,
): Promise<Admitted[]> {
  const received = Date.now();
  const occurrences = new Map<string, number>();
  const admitted: Admitted[] = [];
  for (const [done, item] of items.entries()) {
    if (done > 0 && done % TURN_EVENTS === 0) await setImmediate();
    const context: AdmitContext = { producer, tenant, door, received, index: item.index, occurrences };
    admitted.push(item.ok ? admission.admit(item.event, context) : admission.refuse(item.refusal, context));
  }
  return admitted;
}
