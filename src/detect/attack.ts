/** What a synthetic attack is given. */
export interface AttackRun<C = unknown> {
  /** When its last event happens, epoch ms. */
  at: number;
  /** Different at every run: part of every name in it. */
  id: string;
  /** The detector's configuration. */
  config: C;
}

/** An event as it is posted to /v1/events; its time is `ms` before the attack's end. */
export type AttackEvent = Readonly<Record<string, unknown>> & { readonly before_ms: number };

/** The smallest thing that its detector must find, oldest event first; empty where its configuration leaves nothing to find. */
export type Attack<C = unknown> = (run: AttackRun<C>) => readonly AttackEvent[];

/** The events of an attack as JSON to post. */
export function posted(events: readonly AttackEvent[], { at, id }: Pick<AttackRun, 'at' | 'id'>): object[] {
  return events.map(({ before_ms, ...event }, i) => ({
    event_id: `${id}-${i}`,
    time: new Date(at - before_ms).toISOString(),
    ...event,
  }));
}
